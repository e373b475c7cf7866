/* S/MIME (RFC 8551): what of a message is signed; the job that verifies it, as it goes into the
   cage, and the verdict that comes back. */
#ifndef FORMAT_SMIME_SMIME_H
#define FORMAT_SMIME_SMIME_H

#include "base/err.h"
#include "format/mime.h"

enum {
    SMIME_FROM_MAX = 10,                   /* addresses in From; a message with more fails */
    SMIME_SIGNATURE_MAX = 4 * 1024 * 1024, /* bytes of a detached signature, decoded */
    SMIME_CONTENT_MAX = 32 * 1024 * 1024,  /* bytes that are signed; of the opaque form, all */
    SMIME_TRUST_MAX = 4 * 1024 * 1024,     /* bytes of trusted authorities */
    SMIME_CERTIFICATES_MAX = 50,           /* in one signature */
    SMIME_SIGNERS_MAX = 10,
    SMIME_CHAIN_MAX = 8, /* authorities between a signer and one who is trusted */
};

enum smime_kind {
    SMIME_NONE,     /* not signed as far as anybody can see from outside */
    SMIME_FOREIGN,  /* multipart/signed of another protocol (OpenPGP) */
    SMIME_PARTLY,   /* a part is signed, the message is not */
    SMIME_DETACHED, /* multipart/signed */
    SMIME_OPAQUE,   /* application/pkcs7-mime; the cage knows whether it is signed */
};

/* Why a signature does not hold; bits of a set, 1 << fault. */
enum smime_fault {
    SMIME_UNREADABLE,
    SMIME_NOT_WHOLE, /* it covers a part of the message only */
    SMIME_TOO_LARGE,
    SMIME_TOO_SLOW,
    SMIME_TOO_MANY, /* signers or certificates */
    SMIME_NO_SIGNER,
    SMIME_NO_CERTIFICATE, /* the signer's is not there */
    SMIME_CHANGED,        /* the content is not what was signed */
    SMIME_BAD_SIGNATURE,
    SMIME_WEAK_DIGEST,
    SMIME_WEAK_KEY,
    SMIME_UNKNOWN_AUTHORITY,
    SMIME_EXPIRED,
    SMIME_NOT_YET,
    SMIME_REVOKED,
    SMIME_WRONG_PURPOSE,
    SMIME_BAD_CHAIN,
    SMIME_WRONG_ADDRESS, /* no signer's certificate has the address of From */
    SMIME_NO_ADDRESS,    /* From is missing, there twice, or has too many */
    SMIME_FAULTS
};
/* A sentence for people, in English. */
struct str smime_fault_text(enum smime_fault fault);

/* What of a message is signed, and by which signature. Slices of m's bytes, or in a. */
struct smime_found {
    enum smime_kind kind;
    struct str content;   /* DETACHED: the first part, header and all, with CRLF line ends */
    struct str signature; /* DETACHED and OPAQUE: decoded */
    uint32_t faults;      /* what is wrong already */
};
void smime_find(struct arena *a, const struct mime *m, struct smime_found *out);
/* The addresses of From that a signer must have, "local@domain", and with the domain in ASCII where
   that is another: pairs. Sets faults in f. */
struct smime_from {
    struct str at[2 * SMIME_FROM_MAX];
    size_t count; /* of pairs; at[2 * i + 1] may be empty */
};
void smime_from_of(struct ctx *cx, const struct mime *m, struct smime_found *f,
                   struct smime_from *out);

struct buf;
struct smime_job {
    bool detached;
    int64_t now_s, then_s; /* the times for which is asked: now, and when it was delivered */
    struct smime_from from;
    struct str trust; /* PEM: authorities, lists of what was revoked */
    struct str signature, content;
};
struct str smime_job_write(struct arena *a, const struct smime_job *job);
/* Slices of in. False for what is no job. */
bool smime_job_read(struct str in, struct smime_job *out);

struct smime_verdict {
    bool is_signed;     /* of the opaque form: whether it is; else true */
    uint32_t now, then; /* faults at the two times */
    uint32_t trusted;   /* authorities that were read */
};
enum { SMIME_VERDICT_BYTES = 15 };
void smime_verdict_write(struct buf *out, const struct smime_verdict *v);
/* False for what is none: it comes out of a cage. */
bool smime_verdict_read(struct str in, struct smime_verdict *out);

#endif
