/* Email/set and what makes emails (RFC 8621 sections 4.6 to 4.8). */
#ifndef PROTO_JMAP_EMAIL_SET_H
#define PROTO_JMAP_EMAIL_SET_H

#include "proto/jmap/email/email.h"
#include "proto/jmap/set/set.h"

struct jmap_keywords {
    uint32_t flags; /* of enum item_flag */
    struct str *at; /* all others, in lower case */
    size_t count;
};
/* Takes a keyword (section 4.1.1); false for what is none, or one too many. */
bool jmap_keyword_add(struct ctx *cx, struct jmap_keywords *all, struct str name);
/* All of an object of keywords; set may be NULL. False as above. */
bool jmap_keywords_of(struct ctx *cx, const struct json_tree *set, struct jmap_keywords *out);

/* Where an email lies and how it is marked for the person who asks. */
struct jmap_email_place {
    item_id id;
    folder_id folder;
    uint32_t uid, flags;
    struct jmap_keywords keywords; /* its flags are not set */
};
/* Of what jmap_email_type.find gave. */
void jmap_email_place(struct ctx *cx, const void *object, struct jmap_email_place *out);
void jmap_email_place_of(struct ctx *cx, const struct jmap_email *e, struct jmap_email_place *out);

/* The one mailbox that "mailboxIds" of x->values names, which may be seen; refuses. */
MUST_USE enum code jmap_one_mailbox(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                                    folder_id *out);

/* What is told of a new email. */
enum { JMAP_EMAIL_TOLD = 3 };
extern const struct str jmap_email_told[JMAP_EMAIL_TOLD];
extern const struct jmap_setter jmap_email_setter;

#endif
