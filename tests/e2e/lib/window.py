"""A program with a window, worked through its accessibility tree as a screen reader does, under a
dbus-run-session of its own. Needs Debian's Python. window.py PROGRAM [ARGUMENT...] starts it, reads
commands from stdin, JSON lists, one a line, and answers each with one line of JSON on descriptor 3,
since daemons of the desktop write to stdout."""

import json
import os
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Atspi, Gdk, GLib  # noqa: E402

ANSWERS_FD = 3
SECONDS = 120
GLANCE_SECONDS = 0.05


def walk(node):
    """A node and all below it. What goes away meanwhile is passed over."""
    yield node
    try:
        children = [node.get_child_at_index(i) for i in range(node.get_child_count())]
    except GLib.Error:
        return
    for child in filter(None, children):
        yield from walk(child)


def is_that(node, role, name):
    try:
        return node.get_role_name() == role and name in (None, node.get_name())
    except GLib.Error:
        return False


class Window:
    """The commands."""

    def __init__(self, command):
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)

    def nodes(self, frame=None):
        """All nodes of the program, or those of the window whose name starts so."""
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            program = desktop.get_child_at_index(i)
            if not program or program.get_process_id() != self.child.pid:
                continue
            for k in range(program.get_child_count()):
                window = program.get_child_at_index(k)
                if window and (not frame or (window.get_name() or "").startswith(frame)):
                    yield from walk(window)

    def find(self, role, name, frame=None):
        """None as well when a window goes away while it is looked at."""
        try:
            return next((n for n in self.nodes(frame) if is_that(n, role, name)), None)
        except GLib.GError:
            return None

    def wait(self, role, name=None, frame=None):
        """The first of that role and name; a failure when none comes."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = self.find(role, name, frame)
            if found:
                return found
            time.sleep(GLANCE_SECONDS)
        raise SystemExit(f"no {role} {name!r} in {frame} within {SECONDS} s; there are "
                         f"{self.frames()}: {self.all(frame)}")

    def frames(self):
        """The names of the windows."""
        return [n.get_name() for n in self.nodes() if n.get_role_name() in ("frame", "dialog")]

    def all(self, frame=None):
        """"role name" of all that has a name."""
        return [f"{n.get_role_name()} {n.get_name()}" for n in self.nodes(frame) if n.get_name()]

    def has(self, role, name, frame=None):
        return self.find(role, name, frame) is not None

    def appears(self, role, name=None, frame=None):
        self.wait(role, name, frame)

    def click(self, role, name, frame=None):
        """What it does when it is chosen; waits until it can be."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            node = self.wait(role, name, frame)
            if node.get_n_actions():
                node.do_action(0)
                return
            time.sleep(GLANCE_SECONDS)
        raise SystemExit(f"{role} {name!r} could not be chosen within {SECONDS} s")

    def fill(self, role, text, frame=None):
        """Text into the first field of that role."""
        self.wait(role, None, frame).set_text_contents(text)

    def shows(self, wanted, frame=None):
        """Waits until a text of the program holds these words."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                if any(node.get_role_name() == "text" and
                       wanted in Atspi.Text.get_text(node, 0, -1) for node in self.nodes(frame)):
                    return
            except GLib.GError:
                pass  # a window went away meanwhile
            time.sleep(GLANCE_SECONDS)
        raise SystemExit(f"{wanted!r} is not shown within {SECONDS} s")

    def press(self, role, name, right, down, button, frame=None):
        """A button of the mouse, so many pixels right of and below a node's corner. For what asks
        something in return: click() would wait for the answer."""
        place = self.wait(role, name, frame).get_extents(Atspi.CoordType.SCREEN)
        subprocess.run(["xdotool", "mousemove", str(place.x + right), str(place.y + down),
                        "click", str(button)], check=True)

    def picture(self, path):
        """The screen as a PNG file."""
        root = Gdk.get_default_root_window()
        Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height()) \
            .savev(path, "png", [], [])

    def ended(self):
        """Waits for the end of the program; its exit status."""
        return self.child.wait(SECONDS)


def main():
    answers = os.fdopen(ANSWERS_FD, "w", encoding="utf-8")
    Gdk.init([])
    window = Window(sys.argv[1:])
    try:
        for line in sys.stdin:
            word, *arguments = json.loads(line)
            answers.write(json.dumps(getattr(window, word)(*arguments)) + "\n")
            answers.flush()
    finally:
        window.child.kill()


if __name__ == "__main__":
    main()
