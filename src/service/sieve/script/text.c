#include "base/buf.h"
#include "format/utf8.h"
#include "service/sieve/run/vars.h"
#include "service/sieve/script/check.h"

/* Strings with something in them: encoded characters (RFC 5228 section 2.4.2.4), which are done
   here, and variables (RFC 5229 section 3), which are found here. */

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

/* The next number of a list, in hexadecimal, of at most so many digits. */
static bool hex(struct cur *c, size_t digits_max, uint32_t *out)
{
    struct str digits = cur_while(c, is_hex);
    if (!digits.n || digits.n > digits_max)
        return false;
    *out = 0;
    for (size_t i = 0; i < digits.n; i++) {
        char d = ascii_lower(digits.p[i]);
        *out = *out << 4 | (uint32_t)(ascii_is_digit(d) ? d - '0' : d - 'a' + 10);
    }
    return true;
}

enum encoded { ENCODED_NONE, ENCODED, ENCODED_WRONG };

/* Takes "${hex:" or "${unicode:", numbers and "}". What is not well formed is plain text. */
static enum encoded take_encoded(struct cur *c, struct buf *b)
{
    struct cur at = *c;
    struct buf chars = buf_of(b->arena, b->max);
    bool unicode = cur_word(&at, STR("${unicode:"));
    if (!unicode && !cur_word(&at, STR("${hex:")))
        return ENCODED_NONE;
    cur_while(&at, ascii_is_space);
    uint32_t code;
    while (hex(&at, unicode ? 6 : 2, &code)) {
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        if (unicode && (code > 0x10ffff || surrogate))
            return ENCODED_WRONG;
        if (unicode)
            utf8_put(&chars, code);
        else
            buf_byte(&chars, (char)code);
        if (cur_char(&at, '}')) {
            buf_add(b, buf_str(&chars));
            *c = at;
            return ENCODED;
        }
        if (!cur_while(&at, ascii_is_space).n)
            return ENCODED_NONE;
        if (cur_char(&at, '}')) {
            buf_add(b, buf_str(&chars));
            *c = at;
            return ENCODED;
        }
    }
    return ENCODED_NONE;
}

static struct str decode(struct sieve_check *k, const struct sieve_arg *arg, struct str s)
{
    if (str_find(s, STR("${")) == SIZE_MAX)
        return s;
    struct buf b = buf_of(k->arena, s.n + 16);
    struct cur c = cur_of(s);
    char byte;
    while (!cur_end(&c)) {
        enum encoded found = cur_peek(&c) == '$' ? take_encoded(&c, &b) : ENCODED_NONE;
        if (found == ENCODED_WRONG) {
            sieve_report_at(k->report, arg->spot, "an encoded character is none of Unicode");
            return s;
        }
        if (found == ENCODED_NONE && cur_byte(&c, &byte))
            buf_byte(&b, byte);
    }
    return buf_str(&b);
}

static bool is_name_start(char c)
{
    return ascii_is_alpha(c) || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || ascii_is_digit(c);
}

/* Takes "${", names and numbers with dots between them, and "}": out is what lies within. */
static bool take_variable(struct cur *c, struct str *out)
{
    struct cur at = *c, near = cur_of(str_sub(c->rest, 0, 2 * SIEVE_NAME_MAX));
    struct str inside;
    if (!cur_text(&near, STR("${")) || !cur_until(&near, '}', &inside))
        return false;
    must(cur_bytes(&at, inside.n + 3, &(struct str){0}));
    struct cur in = cur_of(inside);
    do {
        struct str part = cur_while(&in, is_name);
        bool number = part.n && ascii_is_digit(part.p[0]);
        uint64_t value;
        if (!part.n || (number && !str_u64(part, &value)))
            return false;
    } while (cur_char(&in, '.'));
    if (!cur_end(&in))
        return false;
    *c = at;
    *out = inside;
    return true;
}

/* What a reference means. */
static void piece_of(struct sieve_check *k, const struct sieve_arg *arg, struct str name,
                     struct sieve_piece *out)
{
    *out = (struct sieve_piece){.variable = true};
    uint64_t number;
    if (str_u64(name, &number)) {
        if (number > SIEVE_MATCHED_MAX)
            sieve_report_at(k->report, arg->spot, "there is no match variable above ${%d}",
                            SIEVE_MATCHED_MAX);
        out->number = (uint32_t)number;
        return;
    }
    out->text = str_lower(k->arena, name);
    size_t dot = str_rchr(name, '.');
    bool global = dot != SIZE_MAX && str_ieq(str_sub(name, 0, dot), STR("global"));
    if (dot != SIZE_MAX && !(global && sieve_check_has(k, EXT_INCLUDE)))
        sieve_report_at(k->report, arg->spot, "the variable \"${%.*s}\" is in no known namespace",
                        STR_ARG(name));
    if (name.n > SIEVE_NAME_MAX)
        sieve_report_at(k->report, arg->spot, "names of variables: no more than %d bytes",
                        SIEVE_NAME_MAX);
}

/* The pieces of one string. */
static struct sieve_text split(struct sieve_check *k, const struct sieve_arg *arg, struct str s)
{
    size_t most = 1, from = 0, count = 0;
    for (size_t i = 0; i + 1 < s.n; i++)
        most += s.p[i] == '$' ? 2 : 0;
    struct sieve_piece *pieces = ARENA_ARRAY(k->arena, most, struct sieve_piece);
    struct cur c = cur_of(s);
    struct str name;
    char byte;
    while (!cur_end(&c)) {
        size_t at = s.n - c.rest.n;
        if (cur_peek(&c) != '$' || !take_variable(&c, &name)) {
            must(cur_byte(&c, &byte));
            continue;
        }
        if (at > from)
            pieces[count++] = (struct sieve_piece){.text = str_sub(s, from, at - from)};
        piece_of(k, arg, name, &pieces[count++]);
        from = s.n - c.rest.n;
    }
    if (from < s.n || count == 0)
        pieces[count++] = (struct sieve_piece){.text = str_from(s, from)};
    return (struct sieve_text){pieces, count};
}

static bool has_variables(const struct sieve_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < texts[i].count; j++)
            if (texts[i].at[j].variable)
                return true;
    return false;
}

void sieve_check_texts(struct sieve_check *k, struct sieve_arg *arg)
{
    if (sieve_check_has(k, EXT_ENCODED))
        for (size_t i = 0; i < arg->count; i++)
            arg->strings[i] = decode(k, arg, arg->strings[i]);
    if (!sieve_check_has(k, EXT_VARIABLES))
        return;
    struct sieve_text *texts = ARENA_ARRAY(k->arena, arg->count, struct sieve_text);
    for (size_t i = 0; i < arg->count; i++)
        texts[i] = split(k, arg, arg->strings[i]);
    if (has_variables(texts, arg->count))
        arg->texts = texts;
}
