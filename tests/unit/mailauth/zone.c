#include "zone.h"
#include "base/buf.h"
#include "base/err.h"

enum { ROWS_MAX = 4096, STRING_MAX = 255 };

struct zone *zone_open(struct arena *a)
{
    struct zone *z = ARENA_NEW(a, struct zone);
    z->arena = a;
    z->rows = ARENA_ARRAY(a, ROWS_MAX, struct dns_row);
    z->table.rows = z->rows;
    z->resolver = dns_table_resolver(&z->table);
    return z;
}

static struct dns_row *row_new(struct zone *z, struct str name, enum dns_type type)
{
    must(z->table.count < ROWS_MAX);
    struct dns_row *row = &z->rows[z->table.count++];
    bool dot = str_ends(name, STR("."));
    *row =
        (struct dns_row){.name = str_zdup(z->arena, str_sub(name, 0, name.n - dot)), .type = type};
    return row;
}

void zone_add(struct zone *z, struct str name, enum dns_type type, struct str text)
{
    bool dot = type != DNS_TXT && str_ends(text, STR("."));
    row_new(z, name, type)->text = str_zdup(z->arena, str_sub(text, 0, text.n - dot));
}

void zone_add_txt(struct zone *z, struct str name, const struct str *pieces, size_t count)
{
    struct buf b = buf_of(z->arena, 65536);
    for (size_t i = 0; i < count; i++) {
        struct str rest = pieces[i];
        do {
            struct str piece = str_sub(rest, 0, STRING_MAX);
            buf_byte(&b, (char)piece.n);
            buf_add(&b, piece);
            rest = str_from(rest, piece.n);
        } while (rest.n);
    }
    row_new(z, name, DNS_TXT)->rdata = buf_str(&b);
}

void zone_fail(struct zone *z, struct str name)
{
    row_new(z, name, 0)->status = DNS_FAILED;
}
