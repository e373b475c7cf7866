#include "service/filter/score.h"
#include "format/header.h"

enum { SCORE_MAX = 1000 * 1000, VIRUS_CLEAN = 1, VIRUS_FOUND = 5 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "default: False [3.10 / 15.00]", "Yes, score=7.3": tenths of the first number. */
static bool first_number(struct str value, int64_t *tenths)
{
    size_t i = 0;
    while (i < value.n && !is_digit(value.p[i]))
        i++;
    if (i == value.n)
        return false;
    bool below = i && value.p[i - 1] == '-';
    int64_t whole = 0;
    for (; i < value.n && is_digit(value.p[i]); i++)
        whole = whole < SCORE_MAX ? whole * 10 + (value.p[i] - '0') : whole;
    *tenths = whole * 10;
    if (i + 1 < value.n && value.p[i] == '.' && is_digit(value.p[i + 1]))
        *tenths += value.p[i + 1] - '0';
    *tenths = below ? -*tenths : *tenths;
    return true;
}

int score_spam(const struct filters_config *config, struct str trace)
{
    struct header_field f;
    int64_t tenths;
    if (!config->spam_field.n || !header_find(trace, config->spam_field, &f) ||
        !first_number(f.value, &tenths))
        return -1;
    int64_t percent = tenths * 10 / (int64_t)config->spam_at;
    return percent < 0 ? 0 : percent > 100 ? 100 : (int)percent;
}

int score_virus(const struct filters_config *config, struct str trace)
{
    static const struct str clean[] = {STR("no"), STR("clean"), STR("false"), STR("none")};
    struct header_field f;
    if (!config->virus_field.n || !header_find(trace, config->virus_field, &f))
        return 0;
    size_t word = 0;
    while (word < f.value.n && ((f.value.p[word] | 0x20) >= 'a' && (f.value.p[word] | 0x20) <= 'z'))
        word++;
    for (size_t i = 0; i < sizeof clean / sizeof *clean; i++)
        if (str_ieq(str_sub(f.value, 0, word), clean[i]))
            return VIRUS_CLEAN;
    return VIRUS_FOUND;
}
