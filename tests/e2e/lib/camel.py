"""Evolution's mail library on one IMAP account, as a program of its own: Debian's Python has the
bindings, and what crashes in here does not end the case. camel.py HOME PORT USER PASSWORD CA reads
commands from stdin, JSON lists, one a line, and answers each with one line of JSON."""

import ctypes
import json
import sys
import threading

import gi

gi.require_version("Camel", "1.2")
from gi.repository import Camel, Gio, GLib  # noqa: E402

FLAGS = {"seen": Camel.MessageFlags.SEEN, "answered": Camel.MessageFlags.ANSWERED,
         "flagged": Camel.MessageFlags.FLAGGED, "deleted": Camel.MessageFlags.DELETED,
         "draft": Camel.MessageFlags.DRAFT}


class Session(Camel.Session):
    """What Evolution's shell is to the library: it knows the password and the certificate."""

    def do_trust_prompt(self, service, certificate, errors):
        ours = Gio.TlsCertificate.new_from_file(self.ca)
        same = certificate.get_property("certificate") == \
            ours.get_property("certificate")
        return Camel.CertTrust.TEMPORARY if same else Camel.CertTrust.NEVER

    def do_authenticate_sync(self, service, mechanism, cancellable):
        service.set_password(self.password)
        if service.authenticate_sync(mechanism, cancellable) != \
                Camel.AuthenticationResult.ACCEPTED:
            raise GLib.Error("not logged in")
        return True


class FolderInfo(ctypes.Structure):
    """The start of CamelFolderInfo: the bindings tell its neighbours as addresses alone."""
    _fields_ = [("next", ctypes.c_void_p), ("parent", ctypes.c_void_p),
                ("child", ctypes.c_void_p), ("full_name", ctypes.c_char_p)]

    @classmethod
    def names(cls, address):
        while address:
            info = cls.from_address(address)
            yield info.full_name.decode()
            yield from cls.names(info.child)
            address = info.next


class Account:
    """The commands."""

    def __init__(self, home, port, user, password, ca):
        Camel.init(home, False)
        Camel.provider_init()
        self.session = Session(user_data_dir=home + "/data", user_cache_dir=home + "/cache")
        self.session.ca, self.session.password = ca, password
        self.session.set_online(True)
        self.store = self.session.add_service("jane", "imapx", Camel.ProviderType.STORE)
        settings = self.store.ref_settings()
        for name, value in (("host", "localhost"), ("port", int(port)), ("user", user),
                            ("security-method", Camel.NetworkSecurityMethod.SSL_ON_ALTERNATE_PORT),
                            ("auth-mechanism", None), ("use-qresync", True), ("use-idle", True),
                            ("use-subscriptions", False), ("check-all", True)):
            settings.set_property(name, value)
        self.folders = {}  # open ones, as the window has them
        self.store.set_online_sync(True, None)
        self.store.connect_sync(None)

    def folder(self, name):
        if name not in self.folders:
            self.folders[name] = self.store.get_folder_sync(name, Camel.StoreGetFolderFlags(0),
                                                            None)
        return self.folders[name]

    def tree(self):
        """All folders' names."""
        flags = Camel.StoreGetFolderInfoFlags.RECURSIVE | Camel.StoreGetFolderInfoFlags.REFRESH
        top = self.store.get_folder_info_sync(None, flags, None)
        return sorted([top.full_name, *FolderInfo.names(top.child), *FolderInfo.names(top.next)])

    def create(self, parent, name):
        self.store.create_folder_sync(parent, name, None)

    def refresh(self, name):
        """{subject: [uid, flags]} after asking the server what is new."""
        folder = self.folder(name)
        folder.refresh_info_sync(None)
        return self.known(name)

    def known(self, name):
        """The same, as the library believes without asking."""
        folder = self.folder(name)
        rows = [(uid, folder.get_message_info(uid)) for uid in folder.get_uids()]
        return {info.get_subject(): [uid, sorted(word for word, bit in FLAGS.items()
                                                 if info.get_flags() & bit)]
                for uid, info in rows}

    def text(self, name, uid):
        stream = Camel.StreamMem.new()
        self.folder(name).get_message_sync(uid, None).write_to_stream_sync(stream, None)
        return bytes(stream.get_byte_array()).decode()

    def flag(self, name, uid, word, wanted):
        bit = FLAGS[word]
        folder = self.folder(name)
        folder.set_message_flags(uid, bit, bit if wanted else Camel.MessageFlags(0))
        folder.synchronize_sync(False, None)

    def move(self, name, uid, to):
        source = self.folder(name)
        source.transfer_messages_to_sync([uid], self.folder(to), True, None)
        source.synchronize_sync(True, None)

    def delete(self, name, uid):
        folder = self.folder(name)
        folder.set_message_flags(uid, FLAGS["deleted"], FLAGS["deleted"])
        folder.synchronize_sync(True, None)

    def append(self, name, text, word):
        message = Camel.MimeMessage.new()
        stream = Camel.StreamMem.new_with_buffer(text.encode())
        message.construct_from_stream_sync(stream, None)
        info = Camel.MessageInfo.new(None)
        info.set_flags(FLAGS[word], FLAGS[word])
        self.folder(name).append_message_sync(message, info, None)


def main():
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    account = Account(*sys.argv[1:])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        word, *arguments = json.loads(line)
        print(json.dumps(getattr(account, word)(*arguments)), flush=True)
    account.store.disconnect_sync(True, None)


if __name__ == "__main__":
    main()
