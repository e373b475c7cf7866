/* What is to be told of a search: RETURN (RFC 9051 section 6.4.4, RFC 9394). */
#include "proto/imap/search/search.h"
#include "proto/imap/wire/parse.h"

static const struct {
    struct str name;
    uint32_t bit;
} returns[] = {
    {STR("MIN"), IMAP_RETURN_MIN},
    {STR("MAX"), IMAP_RETURN_MAX},
    {STR("ALL"), IMAP_RETURN_ALL},
    {STR("COUNT"), IMAP_RETURN_COUNT},
    {STR("SAVE"), IMAP_RETURN_SAVE},
    {STR("PARTIAL"), IMAP_RETURN_PARTIAL},
    {STR("RELEVANCY"), IMAP_RETURN_RELEVANCY},
    {STR("UPDATE"), IMAP_RETURN_UPDATE},
    {STR("CONTEXT"), IMAP_RETURN_CONTEXT},
};

static uint32_t return_bit(struct str name)
{
    for (size_t i = 0; i < sizeof returns / sizeof *returns; i++)
        if (str_ieq(name, returns[i].name))
            return returns[i].bit;
    return 0;
}

static enum code option(struct ctx *cx, struct cur *c, struct imap_search *out)
{
    struct str name;
    uint32_t bit = imap_atom(c, &name) ? return_bit(name) : 0;
    if (!bit)
        return fail(cx, E_SYNTAX, "no such result option");
    out->returns |= bit;
    if (bit == IMAP_RETURN_PARTIAL && (!imap_sp(c) || !imap_partial_take(c, &out->page)))
        return fail(cx, E_SYNTAX, "range expected after PARTIAL");
    if (!imap_sp(c) && cur_peek(c) != ')')
        return fail(cx, E_SYNTAX, "closing bracket expected");
    return OK;
}

enum code imap_search_returns(struct ctx *cx, struct cur *c, struct imap_search *out)
{
    const uint32_t both = IMAP_RETURN_ALL | IMAP_RETURN_PARTIAL;
    out->extended = cur_word(c, STR("RETURN ("));
    while (out->extended && !cur_char(c, ')'))
        TRY(option(cx, c, out));
    if (out->extended && !imap_sp(c))
        return fail(cx, E_SYNTAX, "search key expected");
    if ((out->returns & both) == both)
        return fail(cx, E_SYNTAX, "ALL and PARTIAL are not asked for together");
    if (!(out->returns & ~(uint32_t)(IMAP_RETURN_UPDATE | IMAP_RETURN_CONTEXT)))
        out->returns |= IMAP_RETURN_ALL;
    return OK;
}
