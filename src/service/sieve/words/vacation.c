#include "core/credential/kdf.h"
#include "format/address.h"
#include "format/hex.h"
#include "service/sieve/run/run.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* The action vacation (RFC 5230, RFC 6131, with the fcc of RFC 8580). To whom an answer may go, and
   how often, is decided by who sends it. */

enum { DAY = 24 * 3600, DAYS_DEFAULT = 7, DAYS_MAX = 365 };

void sieve_fcc_check(struct sieve_check *k, struct sieve_node *n)
{
    static const enum sieve_tag place[] = {TAG_CREATE, TAG_FLAGS, TAG_SPECIALUSE, TAG_MAILBOXID};
    sieve_place_check(k, n);
    for (size_t i = 0; i < sizeof place / sizeof place[0]; i++)
        if (sieve_tag(n, place[i]) && !sieve_tag(n, TAG_FCC))
            sieve_report_at(k->report, n->spot, "\":%.*s\" goes with \":fcc\" only",
                            STR_ARG(sieve_tag_row(place[i])->name));
}

void sieve_run_fcc(struct sieve_run *r, const struct sieve_node *n, struct sieve_place *out)
{
    const struct sieve_arg *folder = sieve_tag(n, TAG_FCC);
    *out = (struct sieve_place){0};
    if (!folder)
        return;
    struct str flags = r->flags;
    bool touched = r->flags_touched;
    r->flags_touched = false; /* the internal variable is for the message itself */
    sieve_run_place(r, n, out);
    r->flags = flags;
    r->flags_touched = touched;
    out->folder = str_dup(r->cx->arena, sieve_run_text(r, folder, 0));
}

void sieve_vacation_check(struct sieve_check *k, struct sieve_node *n)
{
    sieve_check_addresses(k, sieve_tag(n, TAG_FROM));
    sieve_check_addresses(k, sieve_tag(n, TAG_ADDRESSES));
    sieve_fcc_check(k, n);
}

static uint32_t seconds(const struct sieve_node *n)
{
    const struct sieve_arg *days = sieve_tag(n, TAG_DAYS), *secs = sieve_tag(n, TAG_SECONDS);
    uint64_t wanted = (uint64_t)DAYS_DEFAULT * DAY;
    if (days) {
        uint64_t d = days->number < 1 ? 1 : days->number;
        wanted = (d > DAYS_MAX ? DAYS_MAX : d) * DAY;
    } else if (secs) {
        wanted = secs->number;
    }
    return (uint32_t)(wanted > (uint64_t)DAYS_MAX * DAY ? (uint64_t)DAYS_MAX * DAY : wanted);
}

/* What is the same answer, when the script does not say (RFC 5230 section 4.2). */
static struct str handle(struct sieve_run *r, const struct sieve_vacation *v)
{
    unsigned char hash[KDF_BYTES];
    struct str sizes = str_printf(r->arena, "%zu:%zu:%d:", v->subject.n, v->from.n, v->mime);
    struct str parts[] = {sizes, v->subject, v->from, v->reason};
    kdf_sha256(str_join(r->arena, parts, 4), hash);
    return hex_encode(r->cx->arena, str_of(hash, sizeof hash));
}

static bool has_vacation(const struct sieve_outcome *out)
{
    for (size_t i = 0; i < out->count; i++)
        if (out->actions[i].act == SIEVE_VACATION)
            return true;
    return false;
}

enum sieve_flow sieve_vacation_run(struct sieve_run *r, const struct sieve_node *n)
{
    if (has_vacation(r->out))
        return sieve_run_fail(r, n->spot, false, "\"vacation\" answers a message only once");
    struct sieve_action *x = sieve_run_act(r, n, SIEVE_VACATION);
    if (!x)
        return SIEVE_FAILED;
    struct arena *a = r->cx->arena;
    struct sieve_vacation *v = &x->vacation;
    const struct sieve_arg *addresses = sieve_tag(n, TAG_ADDRESSES);
    v->reason = str_dup(a, sieve_run_text(r, sieve_arg(n, 0), 0));
    v->mime = sieve_tag(n, TAG_MIME_REASON) != NULL;
    v->subject = str_dup(a, sieve_run_text(r, sieve_tag(n, TAG_SUBJECT), 0));
    v->from = str_dup(a, sieve_run_text(r, sieve_tag(n, TAG_FROM), 0));
    if (addresses)
        v->addresses = sieve_run_own(r, sieve_run_texts(r, addresses), addresses->count);
    v->seconds = seconds(n);
    v->handle = str_dup(a, sieve_run_text(r, sieve_tag(n, TAG_HANDLE), 0));
    if (!v->handle.n)
        v->handle = handle(r, v);
    sieve_run_fcc(r, n, &v->fcc);
    return SIEVE_ON;
}
