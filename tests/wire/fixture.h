/* What a protocol gives to the player: its engine, and a world for each dialogue to happen in.
   fixture_PROTOCOL.c defines PROTOCOL_fixture; tests/wire/meson.build makes wire-PROTOCOL of it. */
#ifndef TESTS_WIRE_FIXTURE_H
#define TESTS_WIRE_FIXTURE_H

#include "base/engine.h"

struct wire_fixture {
    const struct engine *engine;
    const char *role; /* of the peer, unless the dialogue says "@ role" */
    /* A fresh world: store, users, mailboxes as all dialogues of the protocol want them. cx lives
       as long as the world; cx->now_ms is the player's clock. What cannot be made ends the process.
     */
    void *(*open)(struct ctx *cx);
    void (*close)(void *world);
    /* What the engine's open() takes. */
    void *(*env)(void *world);
    /* A line of the dialogue that the player does not know, without its "@ ": "user jane secret",
       "deliver INBOX hello.eml". Also in the midst of a dialogue, between two requests. False: not
       understood. NULL: there are no such lines. */
    bool (*set)(struct ctx *cx, void *world, struct str line);
};

/* The TLS that "@ tls" pretends: TLSv1.3, TLS_AES_128_GCM_SHA256, server name mail.example, and the
   tls-exporter bytes 01 02 03 ... 20 (hexadecimal). */
enum { WIRE_EXPORTER_BYTES = 32 };

#endif
