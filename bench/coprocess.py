"""A program that stays open: lines go in, answers come out."""
import os
import re
import subprocess
import threading

BLOCK = 65536  # a pipe's


class Coprocess:
    def __init__(self, command, answer_bytes=None):
        """answer_bytes: of the answer to one line; None: an answer is a line, too."""
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.answer_bytes = answer_bytes

    def feed(self, data):
        for at in range(0, len(data), BLOCK):
            self.process.stdin.write(data[at:at + BLOCK])

    def ask(self, lines):
        """All lines are written, by a thread where a pipe does not hold them; returns all answers."""
        data = ("\n".join(lines) + "\n").encode()
        if len(data) <= BLOCK:
            self.feed(data)
            return self.answers(len(lines))
        feeder = threading.Thread(target=self.feed, args=(data,))
        feeder.start()
        answers = self.answers(len(lines))
        feeder.join()
        return answers

    def answers(self, n):
        left, answers = n * (self.answer_bytes or 1), []
        while left > 0:
            got = self.process.stdout.read(1 << 20)
            if not got:
                raise RuntimeError(f"{self.process.args[0]} ended")
            left -= len(got) if self.answer_bytes else got.count(b"\n")
            answers.append(got)
        return b"".join(answers)

    def cpu(self):
        """Seconds of CPU time so far."""
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mebibytes(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmHWM:\s*(\d+)", f.read())[1]) / 1024

    def close(self):
        self.process.stdin.close()
        self.process.wait()
