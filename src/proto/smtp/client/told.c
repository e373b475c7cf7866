#include "proto/smtp/client/told.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/host/ip.h"
#include "proto/smtp/path.h"
#include "proto/smtp/session.h"

typedef enum code value_fn(struct ctx *cx, struct str in, struct str *out);

static enum code address(struct ctx *cx, struct str in, struct str *out)
{
    struct ip ip;
    bool six = str_istarts(in, STR("IPV6:"));
    struct str plain = six ? str_from(in, 5) : in;
    if (!ip_parse(plain, &ip) || six != (str_chr(plain, ':') != SIZE_MAX))
        return fail(cx, E_SYNTAX, "told: no address");
    *out = ip_text(cx->arena, ip);
    return OK;
}

static enum code port(struct ctx *cx, struct str in, struct str *out)
{
    uint64_t value;
    if (!str_u64(in, &value) || value > UINT16_MAX)
        return fail(cx, E_SYNTAX, "told: no port");
    *out = in;
    return OK;
}

static enum code word(struct ctx *cx, struct str in, struct str *out)
{
    static const struct str words[] = {STR("SMTP"), STR("ESMTP"), STR("LOCAL"), STR("REMOTE")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_ieq(in, words[i])) {
            *out = words[i];
            return OK;
        }
    return fail(cx, E_SYNTAX, "told: unknown word");
}

static enum code host(struct ctx *cx, struct str in, struct str *out)
{
    *out = in;
    return smtp_helo_valid(in) ? OK : fail(cx, E_SYNTAX, "told: no host name");
}

static enum code text(struct ctx *cx, struct str in, struct str *out)
{
    for (size_t i = 0; i < in.n; i++)
        if ((unsigned char)in.p[i] <= ' ' || in.p[i] == 127)
            return fail(cx, E_SYNTAX, "told: not printable");
    *out = in;
    return OK;
}

/* The only list: EHLO and both commands read it. */
static const struct {
    struct str name;
    value_fn *read;
    unsigned commands;
} rows[TOLD_COUNT] = {
    [TOLD_NAME] = {STR("NAME"), host, TOLD_XCLIENT | TOLD_XFORWARD},
    [TOLD_ADDR] = {STR("ADDR"), address, TOLD_XCLIENT | TOLD_XFORWARD},
    [TOLD_PORT] = {STR("PORT"), port, TOLD_XCLIENT | TOLD_XFORWARD},
    [TOLD_PROTO] = {STR("PROTO"), word, TOLD_XCLIENT | TOLD_XFORWARD},
    [TOLD_HELO] = {STR("HELO"), host, TOLD_XCLIENT | TOLD_XFORWARD},
    [TOLD_LOGIN] = {STR("LOGIN"), text, TOLD_XCLIENT},
    [TOLD_DESTADDR] = {STR("DESTADDR"), address, TOLD_XCLIENT},
    [TOLD_DESTPORT] = {STR("DESTPORT"), port, TOLD_XCLIENT},
    [TOLD_IDENT] = {STR("IDENT"), text, TOLD_XFORWARD},
    [TOLD_SOURCE] = {STR("SOURCE"), word, TOLD_XFORWARD},
};

struct str told_names(struct arena *a, unsigned command)
{
    struct buf b = buf_of(a, 200);
    for (size_t i = 0; i < TOLD_COUNT; i++) {
        if (!(rows[i].commands & command))
            continue;
        buf_byte(&b, ' ');
        buf_add(&b, rows[i].name);
    }
    return buf_str(&b);
}

static enum code value_read(struct ctx *cx, size_t row, struct str in, struct str *out)
{
    struct str plain;
    if (str_ieq(in, STR("[UNAVAILABLE]")) || str_ieq(in, STR("[TEMPUNAVAIL]"))) {
        *out = STR("");
        return OK;
    }
    TRY(smtp_xtext(cx, in, false, &plain));
    if (plain.n == 0 || plain.n > TOLD_VALUE_MAX || str_chr(plain, 0) != SIZE_MAX)
        return fail(cx, E_SYNTAX, "told: a value is empty or too long");
    return rows[row].read(cx, plain, out);
}

static enum code one_parse(struct ctx *cx, struct str attribute, unsigned command,
                           struct told_values *out)
{
    struct cur c = cur_of(attribute);
    struct str name;
    if (!cur_until(&c, '=', &name))
        return fail(cx, E_SYNTAX, "told: no value");
    for (size_t i = 0; i < TOLD_COUNT; i++)
        if (rows[i].commands & command && str_ieq(name, rows[i].name))
            return value_read(cx, i, c.rest, &out->at[i]);
    return fail(cx, E_SYNTAX, "told: no such attribute");
}

enum code told_parse(struct ctx *cx, struct str arg, unsigned command, struct told_values *out)
{
    struct told_values values = {0};
    struct cur c = cur_of(arg);
    do {
        struct str attribute;
        if (!cur_until(&c, ' ', &attribute)) {
            attribute = c.rest;
            c.rest.n = 0;
        }
        TRY(one_parse(cx, attribute, command, &values));
    } while (!cur_end(&c));
    *out = values;
    return OK;
}

bool told_has(const struct told *t, enum told_name name)
{
    return t && t->values.at[name].n;
}

/* What was told and is unavailable is "unknown". */
static void peer_fill(struct told *t)
{
    static const struct {
        enum told_name address, port;
    } ends[] = {{TOLD_ADDR, TOLD_PORT}, {TOLD_DESTADDR, TOLD_DESTPORT}};
    for (size_t i = 0; i < 2; i++) {
        struct str *text = i ? &t->peer.local_address : &t->peer.address;
        uint16_t *number = i ? &t->peer.local_port : &t->peer.port;
        struct str a = t->values.at[ends[i].address], p = t->values.at[ends[i].port];
        uint64_t value = 0;
        if (a.p)
            *text = a.n ? a : STR("unknown");
        if (p.p)
            *number = p.n && str_u64(p, &value) ? (uint16_t)value : 0;
    }
}

struct told *told_open(const struct peer *socket, const struct told *before,
                       const struct told_values *values)
{
    struct told *t = calloc(1, sizeof *t);
    must(t);
    t->arena = arena_open();
    t->peer = *socket;
    for (size_t i = 0; i < TOLD_COUNT; i++) {
        struct str value = before && !values->at[i].p ? before->values.at[i] : values->at[i];
        if (value.p)
            t->values.at[i] = value.n ? str_dup(t->arena, value) : STR("");
    }
    peer_fill(t);
    return t;
}

void told_close(struct told *t)
{
    if (!t)
        return;
    arena_close(t->arena);
    free(t);
}
