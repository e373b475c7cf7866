#include "dns_table.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/hex.h"
#include <arpa/inet.h>

enum { RDATA_MAX = 65535, CNAMES_MAX = 8, TTL_S = 300, STRING_MAX = 255 };

static void put_name(struct buf *out, struct str name)
{
    struct cur c = cur_of(name);
    struct str label;
    while (!cur_end(&c)) {
        if (!cur_until(&c, '.', &label)) {
            label = c.rest;
            c.rest = (struct str){0};
        }
        buf_byte(out, (char)label.n);
        buf_add(out, label);
    }
    buf_byte(out, 0);
}

static void put_number(struct buf *out, struct cur *c, bool wide)
{
    uint32_t n;
    must(cur_u32(c, &n) && cur_char(c, ' '));
    if (wide)
        buf_byte(out, (char)(n >> 8));
    buf_byte(out, (char)n);
}

static void put_address(struct buf *out, struct arena *a, enum dns_type type, struct str text)
{
    unsigned char raw[16];
    must(inet_pton(type == DNS_A ? AF_INET : AF_INET6, str_zdup(a, text), raw) == 1);
    buf_add(out, str_of(raw, type == DNS_A ? 4 : 16));
}

static void put_text(struct buf *out, struct str text)
{
    do {
        struct str part = str_sub(text, 0, STRING_MAX);
        buf_byte(out, (char)part.n);
        buf_add(out, part);
        text = str_from(text, part.n);
    } while (text.n);
}

static void put_tlsa(struct buf *out, struct arena *a, struct cur c)
{
    struct ctx cx = {.arena = a};
    struct str data = {0};
    for (int i = 0; i < 3; i++)
        put_number(out, &c, false);
    must(hex_decode(&cx, c.rest, &data) == OK);
    buf_add(out, data);
}

struct str dns_table_rdata(struct arena *a, enum dns_type type, struct str text)
{
    struct buf out = buf_of(a, RDATA_MAX);
    struct cur c = cur_of(text);
    switch (type) {
    case DNS_A:
    case DNS_AAAA:
        put_address(&out, a, type, text);
        break;
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        put_name(&out, text);
        break;
    case DNS_MX:
        put_number(&out, &c, true);
        put_name(&out, c.rest);
        break;
    case DNS_TXT:
        put_text(&out, text);
        break;
    case DNS_TLSA:
        put_tlsa(&out, a, c);
        break;
    }
    must(!out.overflow);
    return buf_str(&out);
}

/* Whether name is there in some way: it has a row, or is above one. */
static bool exists(const struct dns_table *t, struct str name)
{
    for (size_t i = 0; i < t->count; i++) {
        struct str row = str_z(t->rows[i].name);
        size_t above = row.n > name.n ? row.n - name.n : 0;
        if (str_ieq(row, name) ||
            (above && row.p[above - 1] == '.' && str_ieq(str_from(row, above), name)))
            return true;
    }
    return false;
}

/* Fills in records; false when there are none. */
static bool collect(const struct dns_table *t, struct arena *a, struct str name, enum dns_type type,
                    struct dns_answer *out)
{
    enum dns_status status = 0;
    out->records = ARENA_ARRAY(a, t->count, struct str);
    for (size_t i = 0; i < t->count; i++) {
        const struct dns_row *row = &t->rows[i];
        bool any = !row->type && row->status && type != DNS_CNAME;
        if ((row->type != type && !any) || !str_ieq(str_z(row->name), name))
            continue;
        out->secure = out->secure && row->secure;
        if (row->status)
            status = row->status;
        else
            out->records[out->count++] =
                row->rdata.n ? row->rdata : dns_table_rdata(a, type, str_z(row->text));
    }
    out->status = out->count ? DNS_FOUND : status;
    return out->count || status;
}

static struct dns_answer look_up(const struct dns_table *t, struct arena *a, struct str name,
                                 enum dns_type type)
{
    struct dns_answer answer = {.secure = true, .ttl_s = TTL_S};
    for (int i = 0; i <= CNAMES_MAX; i++) {
        answer.canonical = str_lower(a, name);
        if (collect(t, a, name, type, &answer))
            return answer;
        if (!collect(t, a, name, DNS_CNAME, &answer)) {
            answer.status = exists(t, name) ? DNS_NO_DATA : DNS_NO_NAME;
            answer.secure = answer.secure && t->absence_secure;
            return answer;
        }
        if (answer.status != DNS_FOUND)
            return answer;
        must(dns_name(answer.records[0], a, &name));
        answer.count = 0;
    }
    answer.status = DNS_FAILED;
    answer.count = 0;
    return answer;
}

static void start(void *self, struct dns_question q, dns_done_fn *done, void *arg)
{
    struct dns_table *t = self;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str name = str_ends(q.name, STR(".")) ? str_sub(q.name, 0, q.name.n - 1) : q.name;
    struct dns_answer answer = {.status = DNS_NO_NAME, .canonical = name};
    t->questions++;
    if (dns_name_fits(name))
        answer = look_up(t, a, name, q.type);
    done(arg, &answer);
}

struct resolver dns_table_resolver(struct dns_table *t)
{
    return (struct resolver){t, start};
}
