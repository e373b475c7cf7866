#include "service/signin/password_rule.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include "format/utf8.h"

enum { PIECE_MIN = 3, WORDS_OF_MAX = 32, YEAR_DIGITS = 4 };

/* What lists of stolen passwords are full of, in lower case; what people put together of these is
   what is guessed first. */
static const struct str common[] = {
    STR("password"), STR("passwort"),  STR("contrasena"), STR("parola"),   STR("passw"),
    STR("secret"),   STR("secreto"),   STR("welcome"),    STR("letmein"),  STR("login"),
    STR("admin"),    STR("root"),      STR("user"),       STR("guest"),    STR("test"),
    STR("hello"),    STR("hola"),      STR("iloveyou"),   STR("love"),     STR("monkey"),
    STR("dragon"),   STR("master"),    STR("sunshine"),   STR("princess"), STR("football"),
    STR("baseball"), STR("superman"),  STR("batman"),     STR("shadow"),   STR("michael"),
    STR("ashley"),   STR("jordan"),    STR("charlie"),    STR("trustno"),  STR("freedom"),
    STR("whatever"), STR("starwars"),  STR("pokemon"),    STR("computer"), STR("internet"),
    STR("postroad"), STR("mail"),      STR("email"),      STR("office"),   STR("change"),
    STR("changeme"), STR("default"),   STR("spring"),     STR("summer"),   STR("autumn"),
    STR("fall"),     STR("winter"),    STR("primavera"),  STR("verano"),   STR("invierno"),
    STR("january"),  STR("february"),  STR("march"),      STR("april"),    STR("june"),
    STR("july"),     STR("august"),    STR("september"),  STR("october"),  STR("november"),
    STR("december"), STR("monday"),    STR("tuesday"),    STR("thursday"), STR("friday"),
    STR("saturday"), STR("sunday"),    STR("wednesday"),  STR("america"),  STR("government"),
    STR("abc123"),   STR("qazwsx"),    STR("1q2w3e"),     STR("zaq1"),     STR("xsw2"),
    STR("123qwe"),   STR("superuser"), STR("temporal"),   STR("manager"),  STR("health"),
};

/* Neighbours on keyboards, and in the alphabet. */
static const struct str rows[] = {
    STR("abcdefghijklmnopqrstuvwxyz"),
    STR("01234567890"),
    STR("qwertyuiop"),
    STR("qwertzuiop"),
    STR("azertyuiop"),
    STR("asdfghjkl"),
    STR("zxcvbnm"),
    STR("yxcvbnm"),
};

/* What people write for letters. */
static char plain(char c)
{
    static const struct str from = STR("@4830!$57+"), to = STR("aabeoisstt");
    size_t at = str_chr(from, c);
    return at == SIZE_MAX ? c : to.p[at];
}

struct reading {
    struct str text;  /* in lower case */
    struct str plain; /* the same with letters for what stands for them; as long */
    struct str own[WORDS_OF_MAX];
    size_t own_count;
};

static void words_of(struct ctx *cx, struct reading *r, struct str text)
{
    struct str lower = utf8_fold(cx->arena, text);
    size_t start = 0;
    for (size_t i = 0; i <= lower.n; i++) {
        bool inside = i < lower.n && (ascii_is_alpha(lower.p[i]) || ascii_is_digit(lower.p[i]) ||
                                      (unsigned char)lower.p[i] >= 0x80);
        if (inside)
            continue;
        if (i - start >= PIECE_MIN && r->own_count < WORDS_OF_MAX)
            r->own[r->own_count++] = str_sub(lower, start, i - start);
        start = i + 1;
    }
}

static size_t word_at(const struct reading *r, size_t at, struct str word)
{
    return str_starts(str_from(r->text, at), word) || str_starts(str_from(r->plain, at), word)
               ? word.n
               : 0;
}

static size_t longest_word(const struct reading *r, size_t at)
{
    size_t best = 0;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        size_t n = word_at(r, at, common[i]);
        best = n > best ? n : best;
    }
    for (size_t i = 0; i < r->own_count; i++) {
        size_t n = word_at(r, at, r->own[i]);
        best = n > best ? n : best;
    }
    return best;
}

/* How far the text goes along a row from at, forwards or backwards. */
static size_t along(struct str text, size_t at, struct str row, bool back)
{
    size_t n = 1, place = str_chr(row, text.p[at]);
    while (place != SIZE_MAX && at + n < text.n) {
        place = back ? place - 1 : place + 1; /* before the first is SIZE_MAX */
        if (place >= row.n || row.p[place] != text.p[at + n])
            break;
        n++;
    }
    return n;
}

static size_t longest_run(struct str text, size_t at)
{
    size_t best = 1;
    while (at + best < text.n && text.p[at + best] == text.p[at])
        best++;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        size_t n = along(text, at, rows[i / 2], i % 2);
        best = n > best ? n : best;
    }
    return best >= PIECE_MIN ? best : 0;
}

static size_t year_at(struct str text, size_t at)
{
    struct str four = str_sub(text, at, YEAR_DIGITS);
    uint64_t year;
    bool is = four.n == YEAR_DIGITS && str_u64(four, &year) && year >= 1900 && year < 2100;
    return is ? YEAR_DIGITS : 0;
}

/* What stands before it already. */
static size_t longest_again(struct str text, size_t at)
{
    size_t n = PIECE_MIN - 1;
    while (at + n < text.n && str_find(str_sub(text, 0, at), str_sub(text, at, n + 1)) != SIZE_MAX)
        n++;
    return n >= PIECE_MIN ? n : 0;
}

static size_t piece_at(const struct reading *r, size_t at)
{
    const size_t found[] = {longest_word(r, at), longest_run(r->text, at), year_at(r->text, at),
                            longest_again(r->text, at)};
    size_t best = 0;
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        best = found[i] > best ? found[i] : best;
    return best;
}

/* The bytes of the character there. */
static size_t char_at(struct str text, size_t at)
{
    struct cur c = cur_of(str_from(text, at));
    uint32_t ignored;
    return utf8_next(&c, &ignored) ? text.n - at - c.rest.n : 1;
}

size_t password_pieces(struct ctx *cx, struct str password, const struct principal *who)
{
    struct reading r = {.text = utf8_fold(cx->arena, password)};
    struct buf b = buf_of(cx->arena, r.text.n);
    size_t pieces = 0, at = 0;
    for (size_t i = 0; i < r.text.n; i++)
        buf_byte(&b, plain(r.text.p[i]));
    r.plain = buf_str(&b);
    words_of(cx, &r, who->address);
    words_of(cx, &r, who->display);
    for (; at < r.text.n; pieces++) {
        size_t n = piece_at(&r, at);
        at += n ? n : char_at(r.text, at);
    }
    return pieces;
}

enum password_fault password_rule(struct ctx *cx, struct str password, const struct principal *who)
{
    struct str prepared;
    size_t chars = 0;
    if (password.n > PASSWORD_MAX)
        return PASSWORD_TOO_LONG;
    for (size_t at = 0; at < password.n; chars++)
        at += char_at(password, at);
    if (chars < PASSWORD_CHARS_MIN)
        return PASSWORD_TOO_SHORT;
    if (kdf_prepare(cx, password, true, &prepared) != OK)
        return PASSWORD_NOT_ALLOWED;
    return password_pieces(cx, password, who) < PASSWORD_PIECES_MIN ? PASSWORD_WEAK
                                                                    : PASSWORD_IS_GOOD;
}
