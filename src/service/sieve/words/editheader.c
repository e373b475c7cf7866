#include "format/header.h"
#include "format/header/downgrade.h"
#include "format/utf8.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* addheader and deleteheader (RFC 5293). What delivery put in front stays as it is. */

enum { LINE_MAX_BYTES = 900 /* of a field without a fold: RFC 5322 allows 998 */ };

/* On one line: a value cannot begin a field of its own. */
static struct str one_line(struct arena *a, struct str value)
{
    value = str_trim(value);
    struct buf b = buf_of(a, value.n + 1);
    for (size_t i = 0; i < value.n; i++) {
        bool control = (unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f;
        buf_byte(&b, control ? ' ' : value.p[i]);
    }
    return utf8_clean(a, buf_str(&b));
}

/* Folded before words where lines grow too long. */
static struct str folded(struct arena *a, struct str line)
{
    struct buf b = buf_of(a, line.n + line.n / 10 + 16);
    size_t width = 0;
    for (size_t i = 0; i < line.n; i++) {
        size_t word = str_chr(str_from(line, i + 1), ' ');
        word = word == SIZE_MAX ? line.n - i : word;
        bool fold = line.p[i] == ' ' && width > 0 && (width + word > 76) && i > 0 &&
                    line.p[i - 1] != ':' && line.p[i - 1] != ' ';
        if (fold) {
            buf_add(&b, STR("\r\n"));
            width = 0;
        }
        buf_byte(&b, line.p[i]);
        width++;
    }
    return buf_str(&b);
}

struct str sieve_field_line(struct arena *a, struct str name, struct str value)
{
    struct str parts[] = {name, STR(": "), one_line(a, value), STR("\r\n")};
    struct str line = downgrade_header(a, str_join(a, parts, 4));
    return line.n > 78 ? folded(a, line) : line;
}

static bool protected_field(struct str name)
{
    return str_ieq(name, STR("Received")) || str_ieq(name, STR("Auto-Submitted"));
}

void sieve_addheader_check(struct sieve_check *k, struct sieve_node *n)
{
    sieve_check_names(k, sieve_arg(n, 0));
}

enum sieve_flow sieve_addheader_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str name = sieve_run_text(r, sieve_arg(n, 0), 0);
    struct str value = sieve_run_text(r, sieve_arg(n, 1), 0);
    if (!sieve_is_field_name(name) || name.n > 76)
        return sieve_run_fail(r, n->spot, false, "this is no name of a header field");
    if (value.n > SIEVE_FIELD_MAX)
        return sieve_run_fail(r, n->spot, true, "a header field has no more than %d bytes",
                              SIEVE_FIELD_MAX);
    struct str line = sieve_field_line(r->arena, name, value), header = sieve_draft_header(r);
    bool ended = !header.n || str_ends(header, STR("\n"));
    struct str end = ended ? (struct str){0} : STR("\r\n");
    struct str first[] = {line, header}, last[] = {header, end, line};
    bool at_end = sieve_tag(n, TAG_EDIT_LAST) != NULL;
    sieve_draft_set_header(r, at_end ? str_join(r->arena, last, 3) : str_join(r->arena, first, 2));
    sieve_run_say(r, n->spot, "addheader %.*s", STR_ARG(name));
    return SIEVE_ON;
}

void sieve_deleteheader_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *name = sieve_arg(n, 0), *index = sieve_tag(n, TAG_EDIT_INDEX);
    sieve_check_names(k, name);
    if (sieve_tag(n, TAG_EDIT_LAST) && !index)
        sieve_report_at(k->report, n->spot, "\":last\" goes with \":index\" only");
    if (index && index->number == 0)
        sieve_report_at(k->report, index->spot, "fields are counted from 1");
    if (n->match.how == SIEVE_COUNT)
        sieve_report_at(k->report, n->spot, "\":count\" cannot tell which field to delete");
}

static uint64_t count_fields(struct str header, struct str name)
{
    struct cur c = cur_of(header);
    struct header_field field;
    uint64_t count = 0;
    while (header_next(&c, &field))
        count += str_ieq(field.name, name) ? 1 : 0;
    return count;
}

/* Whether this one, the at-th of its name, goes. */
static bool goes(struct sieve_run *r, const struct sieve_node *n, const struct header_field *field,
                 uint64_t wanted, uint64_t at)
{
    const struct sieve_arg *patterns = sieve_arg(n, 1);
    if (wanted && at != wanted)
        return false;
    return !patterns || sieve_match_one(r, n, patterns, header_text(r->arena, field->value));
}

enum sieve_flow sieve_deleteheader_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str name = sieve_run_text(r, sieve_arg(n, 0), 0), header = sieve_draft_header(r);
    if (protected_field(name))
        return SIEVE_ON;
    const struct sieve_arg *index = sieve_tag(n, TAG_EDIT_INDEX);
    uint64_t wanted = index ? index->number : 0, count = count_fields(header, name), at = 0;
    if (wanted > count)
        return SIEVE_ON;
    if (wanted && sieve_tag(n, TAG_EDIT_LAST))
        wanted = count - wanted + 1;
    struct buf b = buf_of(r->arena, header.n + 2);
    struct cur c = cur_of(header);
    struct header_field field;
    while (header_next(&c, &field))
        if (!str_ieq(field.name, name) || !goes(r, n, &field, wanted, ++at))
            buf_add(&b, field.line);
    if (b.n < header.n)
        sieve_draft_set_header(r, buf_str(&b));
    sieve_run_say(r, n->spot, "deleteheader %.*s", STR_ARG(name));
    return r->failed ? SIEVE_FAILED : SIEVE_ON;
}
