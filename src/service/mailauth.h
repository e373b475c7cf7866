/* What is known of a message that came from outside: SPF, DKIM, ARC, DMARC and the host's name,
   asked for once, told in one field. See docs/MAILAUTH.md. */
#ifndef SERVICE_MAILAUTH_H
#define SERVICE_MAILAUTH_H

#include "base/err.h"
#include "base/str.h"

struct log;
struct mailauth; /* one for the server; safe for all threads */
struct metrics;
struct reports;
struct resolver;
struct signer;

enum { MAILAUTH_NETWORKS_MAX = 64, MAILAUTH_SEALERS_MAX = 256 };

struct mailauth_config {
    bool off;          /* nothing is checked */
    bool mark_only;    /* DMARC's wishes are told, not followed */
    bool refuse_fails; /* an SPF fail is refused even where DMARC says nothing */
    /* "192.0.2.0/24": hosts whose mail is not checked, as relays of our own. */
    struct str networks[MAILAUTH_NETWORKS_MAX];
    size_t network_count;
    /* Domains whose seals are believed: mailing lists that break signatures (RFC 8617 section 7.2).
     */
    struct str sealers[MAILAUTH_SEALERS_MAX];
    size_t sealer_count;
};

/* host_name: authserv-id; it and the strings of config must outlive it. E_SYNTAX: a network that is
   none. log and metrics may be NULL. */
struct mailauth_parts {
    const struct mailauth_config *config;
    const struct resolver *resolver;
    struct signer *signer; /* seals what is passed on; may be NULL */
    struct str host_name;
    struct log *log;
    struct metrics *metrics;
};
MUST_USE enum code mailauth_open(struct ctx *cx, const struct mailauth_parts *parts,
                                 struct mailauth **out);
/* Who counts what DMARC says, for reports; before there are sessions. */
void mailauth_set_reports(struct mailauth *a, struct reports *r);
void mailauth_close(struct mailauth *a);
/* Whether a host address, as text, lies in one of the trusted networks. a may be NULL: none does.
 */
bool mailauth_trusts(const struct mailauth *a, struct str client);
AUTO_OF(struct mailauth *, mailauth_close)

struct mailauth_message {
    struct str id;     /* of the transaction, for the log */
    struct str client; /* host address as text */
    struct str helo, mail_from;
    struct str bytes;      /* the message, CRLF */
    struct str from_value; /* of its first From field, raw */
    bool bimi;             /* look for the logo of the author's domain */
    struct str sealed_for; /* domain of ours that passes it on to the outside (ARC), or empty */
};

/* The author's domain in a raw From value, lower-case A-labels; empty when there is none, or when
   authors are of different ones. In cx->arena. */
struct str mailauth_author(struct ctx *cx, struct str from_value);

enum mailauth_advice { MAILAUTH_KEEP, MAILAUTH_JUNK, MAILAUTH_REFUSE };

struct mailauth_report {
    struct str field; /* Authentication-Results, whole, with CRLF, and the ARC set in front of it
                         where it was sealed; empty when nothing was checked */
    enum mailauth_advice advice;
    bool forged;      /* DMARC fails, or SPF where DMARC does not pass, whatever is advised */
    struct str reply; /* of a refusal: "550 5.7.1 ..." */
};

/* Waits for the DNS, at most MAILAUTH_MS. Strings in cx->arena. */
enum { MAILAUTH_MS = 20000 };
void mailauth_check(struct ctx *cx, struct mailauth *a, const struct mailauth_message *m,
                    struct mailauth_report *out);

#endif
