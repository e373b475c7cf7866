#include "base/buf.h"
#include "service/sieve/outcome.h"

/* An outcome in words, for people and tests. */

static void quoted(struct buf *b, const char *before, struct str s)
{
    buf_printf(b, "%s\"", before);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' || s.p[i] == '\r') {
            buf_add(b, s.p[i] == '\n' ? STR("\\n") : STR(""));
            continue;
        }
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_byte(b, '\\');
        buf_byte(b, s.p[i]);
    }
    buf_byte(b, '"');
}

static void named(struct buf *b, const char *name, struct str s)
{
    if (s.n) {
        buf_printf(b, " %s ", name);
        quoted(b, "", s);
    }
}

static void list(struct buf *b, const char *name, struct sieve_list l)
{
    if (!l.count)
        return;
    buf_printf(b, " %s (", name);
    for (size_t i = 0; i < l.count; i++) {
        buf_add(b, i ? STR(" ") : STR(""));
        buf_add(b, l.at[i]);
    }
    buf_byte(b, ')');
}

static void place(struct buf *b, const struct sieve_place *p)
{
    if (p->flags_set) {
        buf_add(b, p->flags.count ? STR("") : STR(" flags ()"));
        list(b, "flags", p->flags);
    }
    named(b, "specialuse", p->special_use);
    named(b, "mailboxid", p->mailbox_id);
    buf_add(b, p->create ? STR(" create") : STR(""));
}

static void fcc(struct buf *b, const struct sieve_place *p)
{
    if (p->folder.n) {
        named(b, "fcc", p->folder);
        place(b, p);
    }
}

static void dsn(struct buf *b, const struct sieve_dsn *d)
{
    named(b, "notify", d->notify);
    named(b, "ret", d->ret);
    if (d->by_set)
        buf_printf(b, " by %lld;%c%s", (long long)d->by_seconds, d->by_mode,
                   d->by_trace ? "T" : "");
}

static void vacation(struct buf *b, const struct sieve_vacation *v)
{
    quoted(b, "vacation ", v->reason);
    buf_add(b, v->mime ? STR(" mime") : STR(""));
    buf_printf(b, " seconds %u", v->seconds);
    named(b, "subject", v->subject);
    named(b, "from", v->from);
    list(b, "addresses", v->addresses);
    fcc(b, &v->fcc);
}

static void notify(struct buf *b, const struct sieve_notify *x)
{
    quoted(b, "notify ", x->method);
    named(b, "message", x->message);
    named(b, "from", x->from);
    buf_printf(b, " importance %c", x->importance);
    list(b, "options", x->options);
    fcc(b, &x->fcc);
}

struct str sieve_action_text(struct arena *a, const struct sieve_action *x)
{
    struct buf b = buf_of(a, 64 * 1024);
    switch (x->act) {
    case SIEVE_KEEP:
        buf_add(&b, x->implicit ? STR("implicit keep") : STR("keep"));
        place(&b, &x->place);
        break;
    case SIEVE_FILEINTO:
        quoted(&b, "fileinto ", x->place.folder);
        place(&b, &x->place);
        break;
    case SIEVE_DISCARD:
        buf_add(&b, STR("discard"));
        break;
    case SIEVE_REDIRECT:
        quoted(&b, x->list ? "redirect list " : "redirect ", x->address);
        dsn(&b, &x->dsn);
        break;
    case SIEVE_REJECT:
    case SIEVE_EREJECT:
        quoted(&b, x->act == SIEVE_REJECT ? "reject " : "ereject ", x->reason);
        break;
    case SIEVE_VACATION:
        vacation(&b, &x->vacation);
        break;
    case SIEVE_NOTIFY:
        notify(&b, &x->notify);
        break;
    }
    buf_add(&b, x->copy ? STR(" copy") : STR(""));
    buf_add(&b, x->message.p ? STR(" edited") : STR(""));
    return buf_str(&b);
}
