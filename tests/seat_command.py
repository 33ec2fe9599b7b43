"""A command for a seat: it answers from a file, by the stage and the role."""

import json
import sys

request = json.load(sys.stdin)
task = request["assignment"]
with open(sys.argv[1], encoding="utf-8") as file:
    answers = json.load(file)
json.dump(answers[f"{task['stage']}/{task['role']}"], sys.stdout)
