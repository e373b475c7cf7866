"""Sockets of the servers that cases play. run.py has every socket give up after a minute, which is
meant for clients; a server waits for its clients as long as the case lasts."""

import socket


def patient(listener):
    listener.settimeout(None)
    return listener


def listen(address):
    return patient(socket.create_server(address))
