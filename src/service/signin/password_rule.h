/* How good a password has to be that a person chooses. docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_PASSWORD_RULE_H
#define SERVICE_SIGNIN_PASSWORD_RULE_H

#include "core/directory.h"

enum {
    PASSWORD_CHARS_MIN = 12,
    PASSWORD_PIECES_MIN = 8, /* that it falls into: password_pieces */
};

enum password_fault {
    PASSWORD_IS_GOOD = 0,
    PASSWORD_TOO_SHORT,
    PASSWORD_TOO_LONG,    /* above PASSWORD_MAX bytes */
    PASSWORD_NOT_ALLOWED, /* has characters that none may have (RFC 4013) */
    PASSWORD_WEAK,        /* too few pieces */
    PASSWORD_REUSED,      /* is the one of now, or was one lately: who calls finds out */
    PASSWORD_FAULTS
};

/* All but PASSWORD_REUSED. who: whose words are no secret. */
enum password_fault password_rule(struct ctx *cx, struct str password, const struct principal *who);

/* A word that everybody tries, a name of who, a year, a run ("aaaa", "3456", "qwert") and what
   came before are one piece each, however long; any other character is one by itself. password:
   valid UTF-8. */
size_t password_pieces(struct ctx *cx, struct str password, const struct principal *who);

#endif
