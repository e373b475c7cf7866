#include "service/language.h"

static const struct {
    struct str tag, name;
} languages[LANGUAGE_COUNT] = {
    [LANGUAGE_DEFAULT] = {STR("i-default"), STR("English")},
    [LANGUAGE_EN] = {STR("en"), STR("English")},
    [LANGUAGE_ES] = {STR("es"), STR("Español")},
    [LANGUAGE_DE] = {STR("de"), STR("Deutsch")},
    [LANGUAGE_FR] = {STR("fr"), STR("Français")},
};

struct str language_tag(enum language language)
{
    return languages[language].tag;
}

struct str language_name(enum language language)
{
    return languages[language].name;
}

static bool find(struct str tag, enum language *out)
{
    for (enum language i = 0; i < LANGUAGE_COUNT; i++) {
        if (!str_ieq(languages[i].tag, tag))
            continue;
        *out = i;
        return true;
    }
    return false;
}

/* Less a subtag from the end each time; a single letter goes with what stood behind it. */
static struct str shorter(struct str range)
{
    size_t dash = str_rchr(range, '-');
    struct str left = dash == SIZE_MAX ? (struct str){0} : str_sub(range, 0, dash);
    if (left.n > 2 && left.p[left.n - 2] == '-')
        left.n -= 2;
    return left;
}

bool language_find(struct str range, enum language *out)
{
    if (str_eq(range, STR("*"))) {
        *out = LANGUAGE_DEFAULT;
        return true;
    }
    for (; range.n; range = shorter(range))
        if (find(range, out))
            return true;
    return false;
}
