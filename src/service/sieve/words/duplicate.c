#include "core/credential/kdf.h"
#include "format/header.h"
#include "format/hex.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/run.h"
#include "service/sieve/script/words.h"

/* The test duplicate (RFC 7352). What was seen is remembered by who carries the outcome out. */

enum { SEEN_MAX = 16, SECONDS_DEFAULT = 7 * 24 * 3600, SECONDS_MAX = 90 * 24 * 3600 };

/* What makes the message the same as another one; false when the message has none. */
static bool identity(struct sieve_run *r, const struct sieve_node *n, struct str *out)
{
    const struct sieve_arg *unique = sieve_tag(n, TAG_UNIQUEID), *name = sieve_tag(n, TAG_HEADER);
    if (unique) {
        *out = sieve_run_text(r, unique, 0);
        return true;
    }
    struct str wanted = name ? sieve_run_text(r, name, 0) : STR("Message-ID");
    struct sieve_fields f = sieve_fields_of(r);
    struct header_field field;
    while (sieve_fields_next(&f, &field))
        if (str_ieq(field.name, wanted)) {
            *out = str_trim(header_unfold(r->arena, field.value));
            return true;
        }
    return false;
}

/* Handle and identity as one key of SIEVE_SEEN_KEY_MAX digits. */
static struct str key_of(struct sieve_run *r, struct str handle, struct str id)
{
    unsigned char hash[KDF_BYTES];
    struct str all = str_printf(r->arena, "%zu:", handle.n);
    struct str parts[] = {all, handle, id};
    kdf_sha256(str_join(r->arena, parts, 3), hash);
    return hex_encode(r->cx->arena, str_of(hash, sizeof hash));
}

static bool note(struct sieve_run *r, const struct sieve_node *n, struct sieve_seen seen)
{
    struct sieve_outcome *out = r->out;
    for (size_t i = 0; i < out->seen_count; i++)
        if (str_eq(out->seen[i].key, seen.key)) {
            out->seen[i] = seen;
            return true;
        }
    if (!out->seen)
        out->seen = ARENA_ARRAY(r->cx->arena, SEEN_MAX, struct sieve_seen);
    if (out->seen_count == SEEN_MAX) {
        sieve_run_fail(r, n->spot, true, "no more than %d tests for duplicates", SEEN_MAX);
        return false;
    }
    out->seen[out->seen_count++] = seen;
    return true;
}

bool sieve_duplicate_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    struct str id;
    if (!identity(r, n, &id))
        return false;
    const struct sieve_arg *seconds = sieve_tag(n, TAG_SEEN_SECONDS);
    uint64_t wanted = seconds ? seconds->number : SECONDS_DEFAULT;
    struct sieve_seen seen = {.key = key_of(r, sieve_run_text(r, sieve_tag(n, TAG_HANDLE), 0), id),
                              .seconds = (uint32_t)(wanted > SECONDS_MAX ? SECONDS_MAX : wanted)};
    bool known = w->ops && w->ops->duplicate && w->ops->duplicate(w->self, r->cx, seen.key);
    seen.last = known;
    if ((!known || sieve_tag(n, TAG_SEEN_LAST)) && !note(r, n, seen))
        return false;
    return known;
}
