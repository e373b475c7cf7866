/* Whose a client certificate is: by its SHA-256, beside what its own names say. */
#ifndef CORE_DIRECTORY_CERTIFICATE_H
#define CORE_DIRECTORY_CERTIFICATE_H

#include "core/directory.h"

enum {
    CERTIFICATE_PRINT_BYTES = 32,   /* SHA-256 of the DER form */
    CERTIFICATES_LISTED_MAX = 1000, /* in one listing */
};

/* print: 64 hexadecimal digits, also with colons and in capitals, as programs show them. out: lower
   case, without. E_SYNTAX. */
MUST_USE enum code certificate_print(struct ctx *cx, struct str print, struct str *out);

/* The certificate of that print (as certificate_print makes it) logs in who; it was somebody else's
   before: E_EXISTS. */
MUST_USE enum code certificate_add(struct ctx *cx, struct core *c, struct str print,
                                   principal_id who);
/* E_NOT_FOUND when it is nobody's. */
MUST_USE enum code certificate_remove(struct ctx *cx, struct core *c, struct str print);
/* Whose it is, as long as that one lives; E_NOT_FOUND. */
MUST_USE enum code certificate_owner(struct ctx *cx, struct core *c, struct str print,
                                     struct principal *out);

struct certificate {
    struct str print;
    principal_id who;
};
/* By print, above after: at most CERTIFICATES_LISTED_MAX, in cx->arena. */
MUST_USE enum code certificate_list(struct ctx *cx, struct core *c, struct str after,
                                    struct certificate **out, size_t *count);

#endif
