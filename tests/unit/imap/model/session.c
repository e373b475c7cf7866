/* A client's sessions: talking, opening, coming back. */
#include "model.h"

_Noreturn void model_broken(const struct client *k, const char *what, const char *file, int line)
{
    fprintf(stderr,
            "%s:%d: the client \"%s\" finds that this does not hold: %s\n"
            "Once more, with all that is said: unit-imap-model %llu 100000\n",
            file, line, k->kind->name, what, (unsigned long long)k->game->seed);
    abort();
}

static void tell(const struct client *k, const char *command, struct str said)
{
    if (k->game->tells)
        printf("%-15s > %s%.*s", k->kind->name, command, STR_ARG(said));
}

static void open_talk(struct client *k)
{
    struct imap_world *w = k->game->w;
    pthread_mutex_lock(&k->game->lock);
    k->talk = imap_talk_open(w);
    pthread_mutex_unlock(&k->game->lock);
    imap_talk_enter(k->talk, k->kind->guest ? w->john : w->jane);
    k->idles = k->selected = false;
    if (k->kind->resyncs)
        imap_talk_say(k->talk, "e ENABLE QRESYNC\r\n");
    if (k->kind->uid_alone)
        imap_talk_say(k->talk, "e ENABLE UIDONLY\r\n");
}

void model_folder(struct client *k, char out[NAME_MAX_BYTES])
{
    const char *prefix = k->kind->guest ? "Other Users/jane@example.com/" : "";
    pthread_mutex_lock(&k->game->lock);
    snprintf(out, NAME_MAX_BYTES, "\"%s%s\"", prefix, k->game->folder);
    pthread_mutex_unlock(&k->game->lock);
}

/* The folder was deleted, or what was granted is gone with it. */
static void sent_away(struct client *k, struct str said)
{
    HOLDS(k, str_find(said, STR("* BYE The selected mailbox was deleted")) != SIZE_MAX);
    model_reopen(k);
}

struct str model_say(struct client *k, bool may_expunge, const char *format, ...)
{
    char command[600];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    struct str said = imap_talk_say(k->talk, command);
    tell(k, command, said);
    if (imap_talk_is_closed(k->talk)) {
        sent_away(k, said);
        return (struct str){0};
    }
    model_hear(k, may_expunge, said);
    return said;
}

bool model_glance(struct client *k, bool wait)
{
    bool rang = !wait || imap_talk_wait(k->talk, WAIT_MS);
    struct str said = imap_talk_say(k->talk, "");
    tell(k, "\n", said);
    if (imap_talk_is_closed(k->talk))
        sent_away(k, said);
    else
        model_hear(k, true, said);
    return rang;
}

void model_end_idle(struct client *k)
{
    k->idles = false;
    model_say(k, true, "DONE\r\n");
}

static bool knows_all(const struct client *k)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (!k->at[i].uid)
            return false;
    return true;
}

void model_learn(struct client *k)
{
    if (!knows_all(k) && k->kind->uid_alone)
        model_say(k, true, "f UID FETCH 1:* (FLAGS)\r\n");
    for (uint32_t i = 0; !k->kind->uid_alone && i < k->count; i++)
        if (!k->at[i].uid)
            model_say(k, false, "f FETCH %u (UID FLAGS)\r\n", i + 1);
}

bool model_settle(struct client *k)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        model_learn(k);
        if (!model_say(k, true, "a NOOP\r\n").n || !knows_all(k))
            continue;
        k->safe = k->highest;
        return true;
    }
    return false;
}

/* NOTIFY, for who wants to be told. */
static void ask_for_news(struct client *k)
{
    if (k->kind->is_told)
        model_say(k, true,
                  "n NOTIFY SET (selected%s (MessageNew (UID FLAGS) MessageExpunge FlagChange)) "
                  "(personal (MessageNew MessageExpunge MailboxName))\r\n",
                  k->kind->told_late ? "-delayed" : "");
}

/* The parameter of SELECT, about what is known: nothing, the uids, or a pair of lists as well. */
static void resync_words(struct client *k, char *out, size_t size)
{
    size_t how = k->count ? random_below(&k->r, k->kind->uid_alone ? 2 : 3) : 0;
    size_t n = (size_t)snprintf(out, size, " (QRESYNC (%llu %llu", (unsigned long long)k->validity,
                                (unsigned long long)k->safe);
    if (how > 0)
        n += (size_t)snprintf(out + n, size - n, " 1:%u", k->at[k->count - 1].uid);
    if (how > 1) {
        uint32_t first = (uint32_t)random_below(&k->r, k->count);
        n += (size_t)snprintf(out + n, size - n, " (%u %u)", first + 1, k->at[first].uid);
    }
    snprintf(out + n, size - n, "))");
}

/* Lays what SELECT says over what was kept: what is gone goes, what is new comes behind. */
static void take_select(struct client *k, struct str said, bool resync)
{
    uint64_t validity = 0, exists = 0;
    struct str line;
    HOLDS(k, model_number(said, STR("[UIDVALIDITY "), &validity));
    size_t at = str_find(said, STR(" EXISTS\r\n"));
    while (at && ascii_is_digit(said.p[at - 1]))
        at--;
    struct cur c = cur_of(str_from(said, at));
    HOLDS(k, cur_u64(&c, &exists));
    k->selected = k->may_expunge = true;
    if (!resync || validity != k->validity) {
        k->count = 0;
        k->highest = 0;
    }
    struct cur lines = cur_of(said);
    while (k->count && cur_line(&lines, &line)) {
        struct cur vanished = cur_of(line);
        if (cur_text(&vanished, STR("* VANISHED ")))
            model_hear_vanished(k, &vanished);
    }
    k->validity = validity;
    model_grow(k, (uint32_t)exists);
    c = cur_of(str_from(said, str_find(said, STR(" EXISTS"))));
    while (cur_line(&c, &line))
        if (str_find(line, STR("VANISHED")) == SIZE_MAX)
            model_hear_line(k, line);
}

/* In threads the folder may just have got another name. */
static void select_folder(struct client *k, bool resync)
{
    char name[NAME_MAX_BYTES], words[200] = "", command[400];
    if (resync)
        resync_words(k, words, sizeof words);
    for (int i = 0; i < TRIES_MAX; i++) {
        model_folder(k, name);
        snprintf(command, sizeof command, "s SELECT %s%s\r\n", name, words);
        struct str said = imap_talk_say(k->talk, command);
        tell(k, command, said);
        HOLDS(k, !imap_talk_is_closed(k->talk));
        if (str_find(said, STR("s OK ")) != SIZE_MAX) {
            take_select(k, said, resync);
            k->safe = k->highest;
            model_learn(k);
            return;
        }
        HOLDS(k, k->game->at_once);
    }
    model_broken(k, "a folder can be selected", __FILE__, __LINE__);
}

void model_reopen(struct client *k)
{
    if (k->talk)
        imap_talk_close(k->talk);
    open_talk(k);
    select_folder(k, false);
    ask_for_news(k);
}

void model_come_back(struct client *k)
{
    bool was_here = k->talk;
    uint32_t kept = 0;
    while (kept < k->count && k->at[kept].uid) /* what is behind came after the safe number */
        kept++;
    k->count = kept;
    if (!was_here)
        open_talk(k);
    select_folder(k, k->kind->resyncs);
    if (!was_here)
        ask_for_news(k);
}
