#include "proto/jmap/submission/envelope.h"
#include "format/address.h"
#include "format/date.h"
#include "format/header.h"
#include "format/utf8.h"

enum { NOTIFY_WORDS = 4, ENVID_MAX = 100, PRIORITY_MAX = 9 };

struct json_tree jmap_text_tree(struct str text)
{
    return (struct json_tree){.kind = TREE_STRING, .text = text};
}

typedef bool parameter_fn(struct ctx *cx, struct submission *s, struct str value);

static bool release_set(struct ctx *cx, struct submission *s, int64_t at_ms)
{
    if (s->release_ms || at_ms < cx->now_ms ||
        at_ms > cx->now_ms + (int64_t)SUBMISSION_DELAY_MAX_S * 1000)
        return false;
    s->release_ms = at_ms;
    return true;
}

/* RFC 4865 section 5. */
static bool hold_for(struct ctx *cx, struct submission *s, struct str value)
{
    uint64_t seconds;
    return str_u64(value, &seconds) && seconds <= SUBMISSION_DELAY_MAX_S &&
           release_set(cx, s, cx->now_ms + (int64_t)seconds * 1000);
}

static bool hold_until(struct ctx *cx, struct submission *s, struct str value)
{
    enum { SHORTEST = sizeof "2026-01-01T00:00:00Z" - 1 };
    struct date d;
    return value.n >= SHORTEST && ascii_is_digit(value.p[0]) && value.p[4] == '-' &&
           date_parse(value, &d) && release_set(cx, s, d.utc_ms);
}

static bool ret(struct ctx *cx, struct submission *s, struct str value)
{
    (void)cx;
    s->headers_only = str_ieq(value, STR("HDRS"));
    s->whole = str_ieq(value, STR("FULL"));
    return s->headers_only || s->whole;
}

static bool is_printable(struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < ' ' || value.p[i] > '~')
            return false;
    return value.n > 0;
}

static bool envid(struct ctx *cx, struct submission *s, struct str value)
{
    (void)cx;
    s->envid = value;
    return value.n <= ENVID_MAX && is_printable(value);
}

static bool priority(struct ctx *cx, struct submission *s, struct str value)
{
    struct cur c = cur_of(value);
    bool below = cur_char(&c, '-');
    uint64_t n;
    (void)cx;
    if (!cur_u64(&c, &n) || !cur_end(&c) || n > PRIORITY_MAX)
        return false;
    s->priority = (int8_t)(below ? -(int)n : (int)n);
    return true;
}

static bool require_tls(struct ctx *cx, struct submission *s, struct str value)
{
    (void)cx;
    s->require_tls = true;
    return value.n == 0;
}

/* What says nothing that is not known by itself. */
static bool ignored(struct ctx *cx, struct submission *s, struct str value)
{
    (void)cx, (void)s, (void)value;
    return true;
}

static const struct {
    struct str name;
    parameter_fn *take;
} of_sender[] = {
    {STR("HOLDFOR"), hold_for},
    {STR("HOLDUNTIL"), hold_until},
    {STR("RET"), ret},
    {STR("ENVID"), envid},
    {STR("MT-PRIORITY"), priority},
    {STR("SIZE"), ignored},
    {STR("REQUIRETLS"), require_tls},
    {STR("SMTPUTF8"), ignored},
    {STR("BODY"), ignored},
};

/* "SUCCESS,DELAY" (RFC 3461 section 4.1). */
static bool notify(struct str value, uint32_t *out)
{
    static const struct {
        struct str name;
        uint32_t bit;
    } rows[NOTIFY_WORDS] = {
        {STR("NEVER"), NOTIFY_NEVER},
        {STR("SUCCESS"), NOTIFY_SUCCESS},
        {STR("FAILURE"), NOTIFY_FAILURE},
        {STR("DELAY"), NOTIFY_DELAY},
    };
    struct str rest = value;
    *out = 0;
    while (rest.n) {
        size_t comma = str_chr(rest, ',');
        struct str word = str_sub(rest, 0, comma == SIZE_MAX ? rest.n : comma);
        uint32_t bit = 0;
        for (size_t i = 0; i < NOTIFY_WORDS; i++)
            if (str_ieq(word, rows[i].name))
                bit = rows[i].bit;
        if (!bit)
            return false;
        *out |= bit;
        rest = str_from(rest, comma == SIZE_MAX ? rest.n : comma + 1);
    }
    return *out && (*out == NOTIFY_NEVER || !(*out & NOTIFY_NEVER));
}

/* A value of a parameter: a text or null. */
static bool value_of(const struct json_tree *v, struct str *out)
{
    *out = v->kind == TREE_STRING ? v->text : (struct str){0};
    return (v->kind == TREE_STRING && v->text.n <= JMAP_PARAMETER_MAX) || v->kind == TREE_NULL;
}

static bool sender_parameters(struct ctx *cx, const struct json_tree *all, struct submission *s)
{
    for (size_t i = 0; all && i < all->count; i++) {
        parameter_fn *take = NULL;
        struct str value;
        for (size_t k = 0; k < sizeof of_sender / sizeof *of_sender; k++)
            if (str_ieq(of_sender[k].name, all->names[i]))
                take = of_sender[k].take;
        if (!take || !value_of(&all->values[i], &value) || !take(cx, s, value))
            return false;
    }
    return true;
}

static bool recipient_parameters(const struct json_tree *all, struct submission_to *to)
{
    for (size_t i = 0; all && i < all->count; i++) {
        struct str value;
        if (!value_of(&all->values[i], &value))
            return false;
        if (str_ieq(all->names[i], STR("NOTIFY"))) {
            if (!notify(value, &to->notify))
                return false;
        } else if (str_ieq(all->names[i], STR("ORCPT"))) {
            if (str_chr(value, ';') == SIZE_MAX || !is_printable(value))
                return false;
            to->orcpt = value;
        } else {
            return false;
        }
    }
    return true;
}

/* An Address object: its parameters, an object or NULL. */
static bool is_address(const struct json_tree *v, const struct json_tree **parameters)
{
    const struct json_tree *p = json_tree_member(v, STR("parameters"));
    *parameters = json_tree_is(p, TREE_OBJECT) ? p : NULL;
    return v && v->kind == TREE_OBJECT &&
           json_tree_is(json_tree_member(v, STR("email")), TREE_STRING) &&
           (!p || p->kind == TREE_NULL || *parameters);
}

static enum code wrong(struct ctx *cx, struct jmap_set_one *x, const char *why)
{
    return jmap_set_invalid(cx, x, STR("envelope"), why);
}

static enum code given_take(struct ctx *cx, struct jmap_set_one *x, const struct json_tree *given,
                            struct submission *out)
{
    const struct json_tree *from = json_tree_member(given, STR("mailFrom")), *parameters;
    const struct json_tree *to = json_tree_member(given, STR("rcptTo"));
    if (!is_address(from, &parameters) || !sender_parameters(cx, parameters, out))
        return wrong(cx, x, "mailFrom");
    if (!json_tree_is(to, TREE_ARRAY))
        return wrong(cx, x, "rcptTo");
    out->sender = json_tree_text(from, STR("email"));
    out->to = ARENA_ARRAY(cx->arena, to->count + 1, struct submission_to);
    for (size_t i = 0; i < to->count; i++) {
        struct submission_to *one = &out->to[i];
        if (!is_address(&to->values[i], &parameters) || !recipient_parameters(parameters, one))
            return wrong(cx, x, "rcptTo");
        one->address = json_tree_text(&to->values[i], STR("email"));
    }
    out->count = to->count;
    return OK;
}

static bool is_known(const struct submission *s, struct str address)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_ieq(s->to[i].address, address))
            return true;
    return false;
}

/* To, Cc and Bcc, each address once. */
static void recipients_make(struct ctx *cx, struct str message, uint32_t most,
                            struct submission *out)
{
    struct cur c = cur_of(message);
    struct header_field f;
    out->to = ARENA_ARRAY(cx->arena, (size_t)most + 1, struct submission_to);
    while (header_next(&c, &f)) {
        enum header_id id = header_id(f.name);
        if (id != HEADER_TO && id != HEADER_CC && id != HEADER_BCC)
            continue;
        struct address_list list = address_parse(cx->arena, f.value);
        for (size_t i = 0; i < list.count && out->count <= most; i++) {
            struct str address = address_spec(cx->arena, &list.at[i]);
            if (list.at[i].kind == ADDRESS_MAILBOX && !is_known(out, address))
                out->to[out->count++].address = address;
        }
    }
}

/* Section 7.5: of Sender, else of From; where the identity does not allow it, the identity's. */
static enum code made(struct ctx *cx, struct jmap_set_one *x, struct str message, uint32_t most,
                      struct submission *out)
{
    struct header_field f = {0};
    struct str author = {0};
    if (!header_find_last(message, STR("Sender"), &f))
        (void)header_find_last(message, STR("From"), &f);
    struct address_list list = address_parse(cx->arena, f.value);
    size_t authors = 0;
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i].kind == ADDRESS_MAILBOX && ++authors == 1)
            author = address_spec(cx->arena, &list.at[i]);
    if (authors > 1)
        return jmap_set_refuse(x, "invalidEmail", "more than one author, and no Sender");
    if (str_ieq(author, out->sender))
        out->sender = author;
    recipients_make(cx, message, most, out);
    return OK;
}

/* Addresses that are none: named in the error. */
static enum code recipients_check(struct ctx *cx, struct jmap_set_one *x,
                                  const struct submission *s)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct json j = json_to(&b);
    size_t bad = 0;
    json_key(&j, "invalidRecipients");
    json_array(&j);
    for (size_t i = 0; i < s->count; i++)
        if (!address_valid(s->to[i].address)) {
            json_str(&j, s->to[i].address);
            bad++;
        }
    json_array_end(&j);
    if (!bad)
        return OK;
    x->more = buf_str(&b);
    return jmap_set_refuse(x, "invalidRecipients", NULL);
}

enum code jmap_envelope_take(struct ctx *cx, struct jmap_set_one *x, const struct json_tree *given,
                             struct str message, uint32_t most, struct submission *out)
{
    if (json_tree_is(given, TREE_OBJECT))
        TRY(given_take(cx, x, given, out));
    else
        TRY(made(cx, x, message, most, out));
    if (x->error)
        return OK;
    if (out->sender.n && !address_valid(out->sender))
        return wrong(cx, x, "mailFrom");
    if (!out->count)
        return jmap_set_refuse(x, "noRecipients", NULL);
    if (out->count > most) {
        x->more = str_printf(cx->arena, "\"maxRecipients\":%u", most);
        return jmap_set_refuse(x, "tooManyRecipients", NULL);
    }
    return recipients_check(cx, x, out);
}

static struct json_tree address_tree(struct ctx *cx, struct str email)
{
    struct json_tree *values = ARENA_ARRAY(cx->arena, 2, struct json_tree);
    struct str *names = ARENA_ARRAY(cx->arena, 2, struct str);
    names[0] = STR("email");
    names[1] = STR("parameters");
    values[0] = jmap_text_tree(email);
    values[1] = (struct json_tree){.kind = TREE_NULL};
    return (struct json_tree){.kind = TREE_OBJECT, .count = 2, .values = values, .names = names};
}

const struct json_tree *jmap_envelope_tree(struct ctx *cx, const struct json_tree *given,
                                           const struct submission *s)
{
    struct json_tree *all = ARENA_NEW(cx->arena, struct json_tree);
    struct json_tree *values = ARENA_ARRAY(cx->arena, 2, struct json_tree);
    struct json_tree *to = ARENA_ARRAY(cx->arena, s->count + 1, struct json_tree);
    struct str *names = ARENA_ARRAY(cx->arena, 2, struct str);
    if (json_tree_is(given, TREE_OBJECT))
        return given;
    for (size_t i = 0; i < s->count; i++)
        to[i] = address_tree(cx, s->to[i].address);
    names[0] = STR("mailFrom");
    names[1] = STR("rcptTo");
    values[0] = address_tree(cx, s->sender);
    values[1] = (struct json_tree){.kind = TREE_ARRAY, .count = s->count, .values = to};
    *all = (struct json_tree){.kind = TREE_OBJECT, .count = 2, .values = values, .names = names};
    return all;
}
