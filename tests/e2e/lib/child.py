"""A program that reads commands as JSON lists, one a line, and answers each with one line."""

import json
import subprocess

from lib.client import Failure, want_equal

END_SECONDS = 60


class Child:
    """errors_path: the file for what it complains. A failure when it ends too early."""

    def __init__(self, command, env, errors_path):
        self.errors_path = errors_path
        with open(errors_path, "ab") as errors:
            self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, text=True,
                                            stdout=subprocess.PIPE, stderr=errors)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            with open(self.errors_path, encoding="utf-8", errors="replace") as f:
                raise Failure(f"{self.process.args[0]} ended:\n{f.read()[-3000:]}")
        try:
            return json.loads(line)
        except ValueError:
            raise Failure(f"{self.process.args[0]} said {line!r}") from None

    def do(self, *words):
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self):
        self.process.stdin.close()
        want_equal(self.process.wait(END_SECONDS), 0, f"how {self.process.args[0]} ended")
