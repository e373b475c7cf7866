#include "server/command.h"
#include "base/cur.h"

static const struct command *const areas[] = {
    service_commands,     domain_commands,   account_commands, group_commands,     folder_commands,
    message_commands,     store_commands,    task_commands,    lockout_commands,   index_commands,
    certificate_commands, metadata_commands, queue_commands,   route_commands,     meter_commands,
    dkim_commands,        acme_commands,     push_commands,    admission_commands, sts_commands,
    report_commands,      sieve_commands,    milter_commands,  signin_commands,    oauth_commands,
    smime_commands,       calendar_commands,
};

const struct command *command_at(size_t index)
{
    for (size_t area = 0; area < sizeof areas / sizeof areas[0]; area++)
        for (const struct command *c = areas[area]; c->words; c++)
            if (index-- == 0)
                return c;
    return NULL;
}

/* How many of the words c is named by, 0 when they are others. */
static size_t match(const struct command *c, const struct str *words, size_t count)
{
    struct cur name = cur_of(str_z(c->words));
    size_t n = 0;
    while (!cur_end(&name)) {
        struct str word = name.rest;
        size_t space = str_chr(name.rest, ' ');
        if (space != SIZE_MAX)
            word = str_sub(name.rest, 0, space);
        if (n == count || !str_eq(words[n], word))
            return 0;
        name.rest = str_from(name.rest, word.n + 1);
        n++;
    }
    return n;
}

const struct command *command_find(const struct str *words, size_t count, size_t *taken)
{
    const struct command *c;
    for (size_t i = 0; (c = command_at(i)); i++) {
        *taken = match(c, words, count);
        if (*taken)
            return c;
    }
    return NULL;
}

struct str command_object(const struct args *args)
{
    for (size_t i = 0; i < args->count; i++)
        if (!str_starts(args->words[i], STR("--")))
            return args->words[i];
    return STR("-");
}
