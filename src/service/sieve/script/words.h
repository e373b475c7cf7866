/* What the words do and check, by file; the rows in word.c are the only ones to call these. */
#ifndef SERVICE_SIEVE_SCRIPT_WORDS_H
#define SERVICE_SIEVE_SCRIPT_WORDS_H

#include "service/sieve/script/word.h"

/* control.c: RFC 5228 section 3. elsif and else are run with their if. */
sieve_command_fn sieve_if_run;
sieve_command_fn sieve_require_run;
sieve_command_fn sieve_stop_run;
sieve_check_fn sieve_if_check;
sieve_check_fn sieve_elsif_check;
sieve_check_fn sieve_require_check;
sieve_test_fn sieve_true_test;
sieve_test_fn sieve_false_test;
sieve_test_fn sieve_not_test;
sieve_test_fn sieve_allof_test;
sieve_test_fn sieve_anyof_test;

/* ihave.c: RFC 5463. */
sieve_test_fn sieve_ihave_test;
sieve_check_fn sieve_ihave_check;
sieve_command_fn sieve_error_run;

/* action.c: keep, discard, fileinto, redirect, reject, ereject. */
sieve_command_fn sieve_keep_run;
sieve_command_fn sieve_discard_run;
sieve_command_fn sieve_fileinto_run;
sieve_command_fn sieve_redirect_run;
sieve_command_fn sieve_reject_run;
sieve_check_fn sieve_redirect_check;
sieve_check_fn sieve_place_check;
sieve_check_fn sieve_fileinto_check;
sieve_check_fn sieve_reject_check;

/* header.c: tests of the header and of the size. */
sieve_test_fn sieve_header_test;
sieve_test_fn sieve_exists_test;
sieve_test_fn sieve_size_test;
sieve_check_fn sieve_header_check;
sieve_check_fn sieve_exists_check;
sieve_check_fn sieve_size_check;
/* address.c: parts of addresses (RFC 5228, 5233), and the envelope (RFC 6009). */
sieve_test_fn sieve_address_test;
sieve_test_fn sieve_envelope_test;
sieve_check_fn sieve_address_check;
sieve_check_fn sieve_envelope_check;
/* body.c: RFC 5173. */
sieve_test_fn sieve_body_test;

/* vars.c: RFC 5229. */
sieve_command_fn sieve_set_run;
sieve_test_fn sieve_string_test;
sieve_check_fn sieve_set_check;
/* flags.c: RFC 5232. */
sieve_command_fn sieve_setflag_run;
sieve_command_fn sieve_addflag_run;
sieve_command_fn sieve_removeflag_run;
sieve_test_fn sieve_hasflag_test;
sieve_check_fn sieve_flags_check;
/* include.c: RFC 6609. */
sieve_command_fn sieve_include_run;
sieve_command_fn sieve_return_run;
sieve_command_fn sieve_global_run;
sieve_check_fn sieve_include_check;
sieve_check_fn sieve_global_check;

/* date.c: RFC 5260. */
sieve_test_fn sieve_date_test;
sieve_test_fn sieve_currentdate_test;
sieve_check_fn sieve_date_check;
sieve_check_fn sieve_currentdate_check;

/* environment.c: what is known beside the message (RFC 5183, 5235, 5490, 8579, 9042, 6134). */
sieve_test_fn sieve_environment_test;
sieve_test_fn sieve_spamtest_test;
sieve_test_fn sieve_virustest_test;
sieve_test_fn sieve_mailboxexists_test;
sieve_test_fn sieve_mailboxidexists_test;
sieve_test_fn sieve_specialuse_test;
sieve_test_fn sieve_metadata_test;
sieve_test_fn sieve_metadataexists_test;
sieve_test_fn sieve_servermetadata_test;
sieve_test_fn sieve_servermetadataexists_test;
sieve_test_fn sieve_valid_ext_list_test;

/* duplicate.c: RFC 7352. */
sieve_test_fn sieve_duplicate_test;
/* vacation.c: RFC 5230, 6131, with the fcc of RFC 8580. */
sieve_command_fn sieve_vacation_run;
sieve_check_fn sieve_vacation_check;
sieve_check_fn sieve_fcc_check;
/* notify.c: RFC 5435, 5436, 5437, 6468. */
sieve_command_fn sieve_notify_run;
sieve_test_fn sieve_valid_notify_test;
sieve_test_fn sieve_notify_capability_test;
sieve_check_fn sieve_notify_check;

/* editheader.c: RFC 5293. */
sieve_command_fn sieve_addheader_run;
sieve_command_fn sieve_deleteheader_run;
sieve_check_fn sieve_addheader_check;
sieve_check_fn sieve_deleteheader_check;
/* mime.c: RFC 5703. */
sieve_command_fn sieve_foreverypart_run;
sieve_command_fn sieve_break_run;
sieve_command_fn sieve_extracttext_run;
sieve_command_fn sieve_replace_run;
sieve_command_fn sieve_enclose_run;
sieve_check_fn sieve_foreverypart_check;
sieve_check_fn sieve_break_check;
sieve_check_fn sieve_extracttext_check;
/* convert.c: RFC 6558. It is a test and a command. */
sieve_command_fn sieve_convert_run;
sieve_test_fn sieve_convert_test;
/* processcalendar.c: RFC 9671. */
sieve_command_fn sieve_processcalendar_run;
sieve_check_fn sieve_processcalendar_check;

#endif
