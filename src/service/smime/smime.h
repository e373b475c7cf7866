/* Signatures of S/MIME on messages (RFC 8551), verified in the cage when somebody asks, and
   remembered with the item. What Email/get tells of them is RFC 9219. docs/JMAP_MORE.md. */
#ifndef SERVICE_SMIME_SMIME_H
#define SERVICE_SMIME_SMIME_H

#include "core/item.h"
#include "format/smime/smime.h"

struct log;
struct metrics;
struct smime; /* one for the server; safe for all threads */

enum {
    SMIME_WALL_MS = 20000,            /* then a verification is given up */
    SMIME_KEPT_MS = 24 * 3600 * 1000, /* so long is an answer good (RFC 9219 section 4.1) */
    SMIME_TRUST_FRESH_MS = 60 * 1000, /* so often are the authorities' files read */
    SMIME_TRUST_FILES_MAX = 1000,     /* of a folder */
};

/* Runs one job in the cage: E_LIMIT when it took too long, E_IO when there is none; any other error
   means that the signature was too much for it. */
typedef enum code smime_cage_fn(struct ctx *cx, void *self, struct str job, struct str *out);

struct smime_parts {
    struct core *core;
    smime_cage_fn *run;
    void *self;
    struct str trust; /* a file of PEM, or a folder of such (.pem, .crt, .crl) */
    struct log *log;  /* may be NULL, as metrics */
    struct metrics *metrics;
};
/* What parts points to outlives it. Reads who is trusted; without any nobody is. */
struct smime *smime_open(const struct smime_parts *parts);
void smime_close(struct smime *s);

enum smime_status {
    SMIME_IS_NONE,    /* not signed */
    SMIME_IS_UNKNOWN, /* signed by another protocol */
    SMIME_IS_SIGNED,  /* it could not be verified now; ask again */
    SMIME_IS_VERIFIED,
    SMIME_IS_FAILED,
};
/* RFC 9219's word: "signed/verified"; empty for NONE. */
struct str smime_status_word(enum smime_status status);

struct smime_answer {
    enum smime_status now, then; /* then: when it was delivered */
    uint32_t faults;             /* of now: 1 << enum smime_fault */
    int64_t verified_ms;         /* 0: not verified */
    bool fresh;                  /* it was verified for this question */
};
/* Of an item: what is remembered, if that is not too old, else it is verified. A changed answer
   gives the item a new number; one for the time of delivery that was good stays good. */
MUST_USE enum code smime_of_item(struct ctx *cx, struct smime *s, account_id account,
                                 const struct item_row *row, struct smime_answer *out);
/* Whether an item's summary says that it may be signed. */
bool smime_may_be(uint32_t summary_flags);
/* What is remembered of an item alone; false: nothing, or it is too old. */
bool smime_of_memory(struct ctx *cx, struct smime *s, account_id account,
                     const struct item_row *row, struct smime_answer *out);
/* Of a message that is not kept; both times are now. */
MUST_USE enum code smime_of_message(struct ctx *cx, struct smime *s, const struct mime *m,
                                    struct smime_answer *out);

/* Who is trusted, for the operator: bytes of PEM that were read, certificates in them. */
struct smime_trust {
    struct str path;
    size_t files, certificates, lists;
};
void smime_trust_of(struct ctx *cx, struct smime *s, struct smime_trust *out);

#endif
