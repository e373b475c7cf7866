#include "zone.h"
#include "base/buf.h"
#include "format/host/ip.h"
#include "unit.h"

enum { CNAMES_MAX = 8, ROWS_MAX = 4096 };

struct zone_row {
    struct str name;
    enum dns_type type;
    bool fails;
    struct str rdata;
};

static struct str no_dot(struct str name)
{
    return str_ends(name, STR(".")) ? str_sub(name, 0, name.n - 1) : name;
}

static void answer(void *self, struct dns_question q, dns_done_fn *done, void *arg)
{
    struct zone *z = self;
    struct dns_answer a = {.status = DNS_NO_NAME, .ttl_s = 60, .canonical = no_dot(q.name)};
    a.records = ARENA_ARRAY(z->arena, z->count + 1, struct str);
    z->asked++;
    for (int hops = 0; hops < CNAMES_MAX; hops++) {
        struct str alias = {0};
        bool fails = false;
        for (size_t i = 0; i < z->count; i++) {
            const struct zone_row *row = &z->rows[i];
            if (!str_ieq(row->name, a.canonical))
                continue;
            if (a.status == DNS_NO_NAME)
                a.status = DNS_NO_DATA;
            if (row->fails)
                fails |= row->type == 0 || row->type == q.type;
            else if (row->type == q.type)
                a.records[a.count++] = row->rdata;
            else if (row->type == DNS_CNAME)
                assert_true(dns_name(row->rdata, z->arena, &alias));
        }
        if (a.count)
            a.status = DNS_FOUND;
        else if (fails)
            a.status = DNS_FAILED;
        if (a.count || fails || alias.n == 0)
            break;
        a.canonical = alias;
    }
    done(arg, &a);
}

struct zone *zone_open(struct arena *a)
{
    struct zone *z = ARENA_NEW(a, struct zone);
    z->arena = a;
    z->rows = ARENA_ARRAY(a, ROWS_MAX, struct zone_row);
    z->resolver = (struct resolver){.self = z, .start = answer};
    return z;
}

static struct zone_row *row_new(struct zone *z)
{
    assert_true(z->count < ROWS_MAX);
    return &z->rows[z->count++];
}

void zone_add(struct zone *z, struct str name, enum dns_type type, struct str rdata)
{
    *row_new(z) = (struct zone_row){.name = no_dot(name), .type = type, .rdata = rdata};
}

void zone_fail(struct zone *z, struct str name, enum dns_type type)
{
    *row_new(z) = (struct zone_row){.name = no_dot(name), .type = type, .fails = true};
}

struct str rdata_name(struct arena *a, struct str name)
{
    struct buf b = buf_of(a, 1024);
    name = no_dot(name);
    while (name.n) {
        size_t dot = str_chr(name, '.');
        struct str label = str_sub(name, 0, dot);
        buf_byte(&b, (char)label.n);
        buf_add(&b, label);
        name = dot == SIZE_MAX ? (struct str){0} : str_from(name, dot + 1);
    }
    buf_byte(&b, 0);
    return buf_str(&b);
}

struct str rdata_mx(struct arena *a, unsigned preference, struct str host)
{
    struct buf b = buf_of(a, 1024);
    buf_byte(&b, (char)(preference >> 8));
    buf_byte(&b, (char)(preference & 255));
    buf_add(&b, rdata_name(a, host));
    return buf_str(&b);
}

struct str rdata_txt(struct arena *a, const struct str *pieces, size_t count)
{
    struct buf b = buf_of(a, 65536);
    for (size_t i = 0; i < count; i++) {
        struct str rest = pieces[i];
        do {
            struct str piece = str_sub(rest, 0, 255);
            buf_byte(&b, (char)piece.n);
            buf_add(&b, piece);
            rest = str_from(rest, piece.n);
        } while (rest.n);
    }
    return buf_str(&b);
}

struct str rdata_address(struct arena *a, struct str text)
{
    struct ip ip;
    assert_true(ip_parse(text, &ip));
    return str_dup(a, str_of(ip.at, ip.v6 ? 16 : 4));
}
