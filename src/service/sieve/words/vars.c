#include "service/sieve/run/vars.h"
#include "base/map.h"
#include "format/utf8.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* Variables live in their script's frame; global ones (RFC 6609 section 3.4) in the run. */

/* The map that a name belongs to, and the name there. */
static struct map **home(struct sieve_run *r, struct str *name)
{
    struct sieve_frame *f = r->frame;
    if (str_starts(*name, STR("global."))) {
        *name = str_from(*name, 7);
        return &r->globals;
    }
    return f->globals && map_get(f->globals, *name) ? &r->globals : &f->values;
}

struct str sieve_var_get(struct sieve_run *r, struct str name)
{
    struct map **map = home(r, &name);
    const struct str *value = *map ? map_get(*map, name) : NULL;
    return value ? *value : (struct str){0};
}

void sieve_var_set(struct sieve_run *r, struct str name, struct str value)
{
    struct map **map = home(r, &name);
    if (!*map)
        *map = map_open();
    struct str *slot = map_get(*map, name);
    if (!slot) {
        if (map_count(*map) == SIEVE_VARIABLES_MAX) {
            sieve_run_fail(r, (struct sieve_spot){0}, true,
                           "a script has no more than %d variables", SIEVE_VARIABLES_MAX);
            return;
        }
        slot = ARENA_NEW(r->arena, struct str);
        map_put(*map, name, slot);
    }
    *slot = value.n > SIEVE_VALUE_MAX ? utf8_cut(value, SIEVE_VALUE_MAX) : value;
}

static struct str first_changed(struct arena *a, struct str s, char (*change)(char))
{
    if (!s.n)
        return s;
    char first = change(s.p[0]);
    struct str parts[2] = {{&first, 1}, str_from(s, 1)};
    return str_join(a, parts, 2);
}

/* A backslash before each of these bytes. */
static struct str quoted(struct arena *a, struct str s, struct str special)
{
    struct buf b = buf_of(a, 2 * s.n);
    for (size_t i = 0; i < s.n; i++) {
        if (str_chr(special, s.p[i]) != SIZE_MAX)
            buf_byte(&b, '\\');
        buf_byte(&b, s.p[i]);
    }
    return buf_str(&b);
}

/* RFC 3986: all but unreserved characters as "%" and two digits (RFC 5435 section 6). */
static struct str url_encoded(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, 3 * s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (ascii_is_alpha(c) || ascii_is_digit(c) || str_chr(STR("-._~"), c) != SIZE_MAX)
            buf_byte(&b, c);
        else
            buf_printf(&b, "%%%02X", (unsigned)(unsigned char)c);
    }
    return buf_str(&b);
}

/* Characters of UTF-8; bytes that are none count one each. */
static struct str length(struct arena *a, struct str s)
{
    struct cur c = cur_of(s);
    size_t count = 0;
    uint32_t code;
    for (char byte; !cur_end(&c); count++)
        if (!utf8_next(&c, &code))
            cur_byte(&c, &byte);
    return str_printf(a, "%zu", count);
}

static struct str modify_one(struct arena *a, enum sieve_tag tag, struct str s)
{
    switch ((int)tag) {
    case TAG_LOWER:
        return str_lower(a, s);
    case TAG_UPPER:
        return str_upper(a, s);
    case TAG_LOWERFIRST:
        return first_changed(a, s, ascii_lower);
    case TAG_UPPERFIRST:
        return first_changed(a, s, ascii_upper);
    case TAG_QUOTEWILDCARD:
        return quoted(a, s, STR("*?\\"));
    case TAG_QUOTEREGEX:
        return quoted(a, s, STR("\\^$.[]|()?*+{}"));
    case TAG_ENCODEURL:
        return url_encoded(a, s);
    default:
        return length(a, s);
    }
}

struct str sieve_var_modify(struct sieve_run *r, const struct sieve_node *n, struct str value)
{
    static const enum sieve_tag order[] = {TAG_LOWER,      TAG_UPPER,         TAG_LOWERFIRST,
                                           TAG_UPPERFIRST, TAG_QUOTEWILDCARD, TAG_QUOTEREGEX,
                                           TAG_ENCODEURL,  TAG_LENGTH};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (sieve_tag(n, order[i]))
            value = modify_one(r->arena, order[i], value);
    return value;
}

void sieve_set_check(struct sieve_check *k, struct sieve_node *n)
{
    sieve_check_variable(k, sieve_arg(n, 0));
}

enum sieve_flow sieve_set_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str name = str_lower(r->arena, sieve_arg(n, 0)->strings[0]);
    struct str value = sieve_var_modify(r, n, sieve_run_text(r, sieve_arg(n, 1), 0));
    sieve_var_set(r, name, value);
    sieve_run_say(r, n->spot, "set \"%.*s\" to \"%.*s\"", STR_ARG(name), STR_ARG(value));
    return r->failed ? SIEVE_FAILED : SIEVE_ON;
}

bool sieve_string_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *sources = sieve_arg(n, 0);
    const struct str *values = sieve_run_texts(r, sources);
    struct sieve_matcher m;
    sieve_match_begin(&m, r, n, sieve_arg(n, 1));
    for (size_t i = 0; i < sources->count; i++) {
        if (n->match.how == SIEVE_COUNT && !values[i].n)
            continue; /* RFC 5229 section 5: empty ones are not counted */
        if (sieve_match_value(&m, values[i]))
            break;
    }
    return sieve_match_end(&m);
}
