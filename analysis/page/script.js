"use strict";
(() => {
  const panel = document.getElementById("panel");
  const picture = document.getElementById("picture");
  const said = document.getElementById("panel-said");
  let leaving = 0;

  const linkOf = (event) => event.target instanceof Element ? event.target.closest("a") : null;
  const hide = () => { panel.hidden = true; };
  const stay = () => clearTimeout(leaving);
  const leave = () => { stay(); leaving = setTimeout(hide, 400); };

  function show(link) {
    const row = document.getElementById(link.getAttribute("href").slice(1));
    const told = row && row.querySelector(".told");
    if (!told) return;
    stay();
    said.replaceChildren(told.cloneNode(true));
    const box = link.getBoundingClientRect();
    panel.classList.toggle("above", box.top + box.height / 2 > innerHeight / 2);
    panel.hidden = false;
    panel.scrollTop = 0;
  }

  // The panel says what the browser's own tooltip would say over it.
  for (const title of picture.querySelectorAll("a title")) {
    title.closest("a").setAttribute("aria-label", title.textContent);
    title.remove();
  }
  for (const name of ["pointerover", "focusin"]) {
    picture.addEventListener(name, (event) => {
      const link = linkOf(event);
      if (link) show(link);
    });
  }
  for (const name of ["pointerout", "focusout"]) picture.addEventListener(name, leave);
  panel.addEventListener("pointerenter", stay);
  panel.addEventListener("pointerleave", leave);
  panel.addEventListener("focusin", stay);
  panel.addEventListener("focusout", leave);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  function arrive() {
    const row = location.hash && document.getElementById(location.hash.slice(1));
    const more = row && row.querySelector("details");
    if (more) more.open = true;
    hide();
  }
  addEventListener("hashchange", arrive);
  arrive();
})();
