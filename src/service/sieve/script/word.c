#include "service/sieve/script/word.h"
#include "service/sieve/script/words.h"

#define MATCH                                                                                      \
    TAG_COMPARATOR, TAG_IS, TAG_CONTAINS, TAG_MATCHES, TAG_REGEX, TAG_COUNT_, TAG_VALUE, TAG_LIST
#define PART TAG_ALL, TAG_LOCALPART, TAG_DOMAIN, TAG_USER, TAG_DETAIL
#define INDEX TAG_INDEX, TAG_LAST
#define PARTS TAG_MIME, TAG_ANYCHILD
#define PLACE TAG_CREATE, TAG_FLAGS, TAG_SPECIALUSE, TAG_MAILBOXID
#define TAGS(...) ((const unsigned char[]){__VA_ARGS__, TAG_NONE})

/* By name. */
static const struct sieve_word commands[] = {
    {STR("addflag"), EXT_IMAP4FLAGS, "?sl", NULL, sieve_addflag_run, NULL, sieve_flags_check},
    {STR("addheader"), EXT_EDITHEADER, "ss", TAGS(TAG_EDIT_LAST), sieve_addheader_run, NULL,
     sieve_addheader_check},
    {STR("break"), EXT_FOREVERYPART, "", TAGS(TAG_NAME), sieve_break_run, NULL, sieve_break_check},
    {STR("convert"), EXT_CONVERT, "ssl", NULL, sieve_convert_run, NULL, NULL},
    {STR("deleteheader"), EXT_EDITHEADER, "s?l", TAGS(MATCH, TAG_EDIT_INDEX, TAG_EDIT_LAST),
     sieve_deleteheader_run, NULL, sieve_deleteheader_check},
    {STR("discard"), EXT_NONE, "", NULL, sieve_discard_run, NULL, NULL},
    {STR("else"), EXT_NONE, "b", NULL, sieve_require_run, NULL, sieve_elsif_check},
    {STR("elsif"), EXT_NONE, "tb", NULL, sieve_require_run, NULL, sieve_elsif_check},
    {STR("enclose"), EXT_ENCLOSE, "s", TAGS(TAG_SUBJECT, TAG_HEADERS), sieve_enclose_run, NULL,
     NULL},
    {STR("ereject"), EXT_EREJECT, "s", NULL, sieve_reject_run, NULL, sieve_reject_check},
    {STR("error"), EXT_IHAVE, "s", NULL, sieve_error_run, NULL, NULL},
    {STR("extracttext"), EXT_EXTRACTTEXT, "s",
     TAGS(TAG_FIRST, TAG_LOWER, TAG_UPPER, TAG_LOWERFIRST, TAG_UPPERFIRST, TAG_QUOTEWILDCARD,
          TAG_QUOTEREGEX, TAG_ENCODEURL, TAG_LENGTH),
     sieve_extracttext_run, NULL, sieve_extracttext_check},
    {STR("fileinto"), EXT_FILEINTO, "s", TAGS(TAG_COPY, PLACE), sieve_fileinto_run, NULL,
     sieve_fileinto_check},
    {STR("foreverypart"), EXT_FOREVERYPART, "b", TAGS(TAG_NAME), sieve_foreverypart_run, NULL,
     sieve_foreverypart_check},
    {STR("global"), EXT_INCLUDE, "l", NULL, sieve_global_run, NULL, sieve_global_check},
    {STR("if"), EXT_NONE, "tb", NULL, sieve_if_run, NULL, sieve_if_check},
    {STR("include"), EXT_INCLUDE, "s", TAGS(TAG_PERSONAL, TAG_GLOBAL, TAG_ONCE, TAG_OPTIONAL),
     sieve_include_run, NULL, sieve_include_check},
    {STR("keep"), EXT_NONE, "", TAGS(TAG_FLAGS), sieve_keep_run, NULL, NULL},
    {STR("notify"), EXT_ENOTIFY, "s",
     TAGS(TAG_FROM, TAG_IMPORTANCE, TAG_OPTIONS, TAG_MESSAGE, TAG_FCC, PLACE), sieve_notify_run,
     NULL, sieve_notify_check},
    {STR("processcalendar"), EXT_PROCESSCALENDAR, "",
     TAGS(TAG_ALLOWPUBLIC, TAG_UPDATESONLY, TAG_DELETECANCELLED, TAG_ADDRESSES, TAG_ORGANIZERS,
          TAG_CALENDARID, TAG_OUTCOME, TAG_REASON),
     sieve_processcalendar_run, NULL, sieve_processcalendar_check},
    {STR("redirect"), EXT_NONE, "s",
     TAGS(TAG_COPY, TAG_REDIRECT_LIST, TAG_NOTIFY, TAG_RET, TAG_BY_RELATIVE, TAG_BY_ABSOLUTE,
          TAG_BY_MODE, TAG_BY_TRACE),
     sieve_redirect_run, NULL, sieve_redirect_check},
    {STR("reject"), EXT_REJECT, "s", NULL, sieve_reject_run, NULL, sieve_reject_check},
    {STR("removeflag"), EXT_IMAP4FLAGS, "?sl", NULL, sieve_removeflag_run, NULL, sieve_flags_check},
    {STR("replace"), EXT_REPLACE, "s", TAGS(TAG_MIME_REASON, TAG_SUBJECT, TAG_FROM),
     sieve_replace_run, NULL, NULL},
    {STR("require"), EXT_NONE, "l", NULL, sieve_require_run, NULL, sieve_require_check},
    {STR("return"), EXT_INCLUDE, "", NULL, sieve_return_run, NULL, NULL},
    {STR("set"), EXT_VARIABLES, "ss",
     TAGS(TAG_LOWER, TAG_UPPER, TAG_LOWERFIRST, TAG_UPPERFIRST, TAG_QUOTEWILDCARD, TAG_QUOTEREGEX,
          TAG_ENCODEURL, TAG_LENGTH),
     sieve_set_run, NULL, sieve_set_check},
    {STR("setflag"), EXT_IMAP4FLAGS, "?sl", NULL, sieve_setflag_run, NULL, sieve_flags_check},
    {STR("stop"), EXT_NONE, "", NULL, sieve_stop_run, NULL, NULL},
    {STR("vacation"), EXT_VACATION, "s",
     TAGS(TAG_DAYS, TAG_SECONDS, TAG_SUBJECT, TAG_FROM, TAG_ADDRESSES, TAG_MIME_REASON, TAG_HANDLE,
          TAG_FCC, PLACE),
     sieve_vacation_run, NULL, sieve_vacation_check},
};

static const struct sieve_word tests[] = {
    {STR("address"), EXT_NONE, "ll", TAGS(MATCH, PART, INDEX, PARTS), NULL, sieve_address_test,
     sieve_address_check},
    {STR("allof"), EXT_NONE, "T", NULL, NULL, sieve_allof_test, NULL},
    {STR("anyof"), EXT_NONE, "T", NULL, NULL, sieve_anyof_test, NULL},
    {STR("body"), EXT_BODY, "l", TAGS(MATCH, TAG_RAW, TAG_CONTENT, TAG_TEXT), NULL, sieve_body_test,
     NULL},
    {STR("convert"), EXT_CONVERT, "ssl", NULL, NULL, sieve_convert_test, NULL},
    {STR("currentdate"), EXT_DATE, "sl", TAGS(MATCH, TAG_ZONE), NULL, sieve_currentdate_test,
     sieve_currentdate_check},
    {STR("date"), EXT_DATE, "ssl", TAGS(MATCH, INDEX, TAG_ZONE, TAG_ORIGINALZONE, PARTS), NULL,
     sieve_date_test, sieve_date_check},
    {STR("duplicate"), EXT_DUPLICATE, "",
     TAGS(TAG_HANDLE, TAG_HEADER, TAG_UNIQUEID, TAG_SEEN_SECONDS, TAG_SEEN_LAST), NULL,
     sieve_duplicate_test, NULL},
    {STR("envelope"), EXT_ENVELOPE, "ll", TAGS(MATCH, PART), NULL, sieve_envelope_test,
     sieve_envelope_check},
    {STR("environment"), EXT_ENVIRONMENT, "sl", TAGS(MATCH), NULL, sieve_environment_test, NULL},
    {STR("exists"), EXT_NONE, "l", TAGS(PARTS), NULL, sieve_exists_test, sieve_exists_check},
    {STR("false"), EXT_NONE, "", NULL, NULL, sieve_false_test, NULL},
    {STR("hasflag"), EXT_IMAP4FLAGS, "?ll", TAGS(MATCH), NULL, sieve_hasflag_test,
     sieve_flags_check},
    {STR("header"), EXT_NONE, "ll",
     TAGS(MATCH, INDEX, PARTS, TAG_TYPE, TAG_SUBTYPE, TAG_CONTENTTYPE, TAG_PARAM), NULL,
     sieve_header_test, sieve_header_check},
    {STR("ihave"), EXT_IHAVE, "l", NULL, NULL, sieve_ihave_test, sieve_ihave_check},
    {STR("mailboxexists"), EXT_MAILBOX, "l", NULL, NULL, sieve_mailboxexists_test, NULL},
    {STR("mailboxidexists"), EXT_MAILBOXID, "l", NULL, NULL, sieve_mailboxidexists_test, NULL},
    {STR("metadata"), EXT_MBOXMETADATA, "ssl", TAGS(MATCH), NULL, sieve_metadata_test, NULL},
    {STR("metadataexists"), EXT_MBOXMETADATA, "sl", NULL, NULL, sieve_metadataexists_test, NULL},
    {STR("not"), EXT_NONE, "t", NULL, NULL, sieve_not_test, NULL},
    {STR("notify_method_capability"), EXT_ENOTIFY, "ssl", TAGS(MATCH), NULL,
     sieve_notify_capability_test, NULL},
    {STR("servermetadata"), EXT_SERVERMETADATA, "sl", TAGS(MATCH), NULL, sieve_servermetadata_test,
     NULL},
    {STR("servermetadataexists"), EXT_SERVERMETADATA, "l", NULL, NULL,
     sieve_servermetadataexists_test, NULL},
    {STR("size"), EXT_NONE, "n", TAGS(TAG_OVER, TAG_UNDER), NULL, sieve_size_test,
     sieve_size_check},
    {STR("spamtest"), EXT_SPAMTEST, "s", TAGS(MATCH, TAG_PERCENT), NULL, sieve_spamtest_test, NULL},
    {STR("specialuse_exists"), EXT_SPECIAL_USE, "?sl", NULL, NULL, sieve_specialuse_test, NULL},
    {STR("string"), EXT_VARIABLES, "ll", TAGS(MATCH), NULL, sieve_string_test, NULL},
    {STR("true"), EXT_NONE, "", NULL, NULL, sieve_true_test, NULL},
    {STR("valid_ext_list"), EXT_EXTLISTS, "l", NULL, NULL, sieve_valid_ext_list_test, NULL},
    {STR("valid_notify_method"), EXT_ENOTIFY, "l", NULL, NULL, sieve_valid_notify_test, NULL},
    {STR("virustest"), EXT_VIRUSTEST, "s", TAGS(MATCH), NULL, sieve_virustest_test, NULL},
};

enum { COMMANDS = sizeof commands / sizeof commands[0], TESTS = sizeof tests / sizeof tests[0] };

const struct sieve_word *sieve_command_at(size_t n)
{
    return n < COMMANDS ? &commands[n] : NULL;
}

const struct sieve_word *sieve_test_at(size_t n)
{
    return n < TESTS ? &tests[n] : NULL;
}

/* Halves: the rows are in the order of their names. */
static const struct sieve_word *find(const struct sieve_word *rows, size_t count, struct str name)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_icmp(name, rows[middle].name);
        if (order == 0)
            return &rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct sieve_word *sieve_command_find(struct str name)
{
    return find(commands, COMMANDS, name);
}

const struct sieve_word *sieve_test_find(struct str name)
{
    return find(tests, TESTS, name);
}

const struct sieve_arg *sieve_arg(const struct sieve_node *n, size_t at)
{
    for (size_t i = 0; i < n->arg_count; i++)
        if (n->args[i].tag_id == TAG_NONE && at-- == 0)
            return n->args[i].kind == SIEVE_ARG_NONE ? NULL : &n->args[i];
    return NULL;
}

const struct sieve_arg *sieve_tag(const struct sieve_node *n, enum sieve_tag tag)
{
    for (size_t i = 0; i < n->arg_count; i++)
        if (n->args[i].tag_id == tag)
            return &n->args[i];
    return NULL;
}
