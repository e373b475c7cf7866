#include "core/columns/key.h"
#include "base/buf.h"
#include "format/summary.h"

/* "local" of "local@domain", without the quotes that it may need. */
static struct str mailbox_of(struct arena *a, struct str spec)
{
    size_t at = str_rchr(spec, '@');
    struct str local = at == SIZE_MAX ? spec : str_sub(spec, 0, at);
    if (local.n < 2 || local.p[0] != '"' || local.p[local.n - 1] != '"')
        return local;
    struct buf out = buf_of(a, local.n);
    for (size_t i = 1; i + 1 < local.n; i++)
        if (local.p[i] != '\\' || local.p[++i])
            buf_byte(&out, local.p[i]);
    return buf_str(&out);
}

static const struct {
    enum column_kind kind;
    enum summary_field name, address;
    bool display; /* the name, if there is one */
} keys[] = {
    {COLUMN_KEY_FROM, SUMMARY_FROM_NAME, SUMMARY_FROM_ADDRESS, false},
    {COLUMN_KEY_TO, SUMMARY_TO_NAME, SUMMARY_TO_ADDRESS, false},
    {COLUMN_KEY_CC, SUMMARY_CC_NAME, SUMMARY_CC_ADDRESS, false},
    {COLUMN_DISPLAY_FROM, SUMMARY_FROM_NAME, SUMMARY_FROM_ADDRESS, true},
    {COLUMN_DISPLAY_TO, SUMMARY_TO_NAME, SUMMARY_TO_ADDRESS, true},
};
enum { KEYS = sizeof keys / sizeof *keys };

/* A group has a name and no address: it is known by that (RFC 5256 section 3, RFC 5957). */
enum code column_key_text(struct ctx *cx, struct arena *a, const struct item_row *row,
                          enum column_kind kind, struct str *out)
{
    struct str name, address;
    size_t i = 0;
    if (kind == COLUMN_BASE_SUBJECT)
        return summary_get(cx, row->summary, SUMMARY_BASE_SUBJECT, out);
    while (i < KEYS && keys[i].kind != kind)
        i++;
    must(i < KEYS);
    TRY(summary_get(cx, row->summary, keys[i].name, &name));
    TRY(summary_get(cx, row->summary, keys[i].address, &address));
    struct str key = keys[i].display ? name : mailbox_of(a, address);
    if (!key.n)
        key = keys[i].display ? address : name;
    *out = key;
    return OK;
}
