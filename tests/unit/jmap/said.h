/* Requests of the API to a world in memory, without HTTP around them. */
#ifndef TESTS_JMAP_SAID_H
#define TESTS_JMAP_SAID_H

#include "../imap/people.h"
#include "proto/jmap/call.h"

struct jmap_said {
    struct imap_world *w;
    struct jmap_env env;
    struct auth_result who;
};

/* Who asks. */
void jmap_said_open(struct jmap_said *s, struct imap_world *w, uint64_t who);
/* The answer's text to a whole request body; in the world's arena. */
struct str jmap_said_body(struct jmap_said *s, struct str body);
/* To method calls: the text in the brackets of "methodCalls". */
struct str jmap_said(struct jmap_said *s, const char *calls);
/* A call of the account whose folders may be looked at; jmap_call_close ends it. */
struct jmap_call jmap_said_call(struct jmap_said *s, uint64_t account);

#endif
