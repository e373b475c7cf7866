/* Signatures of S/MIME, verified where nothing can be reached (format/smime/smime.h). */
#ifndef HELPER_SMIME_SMIME_H
#define HELPER_SMIME_SMIME_H

#include "base/buf.h"

/* Makes OpenSSL ready, before the cage is locked. */
void smime_prepare(void);
/* document: a job; appends its verdict. False for what is no job. */
bool reader_smime(struct str document, struct buf *out);

#endif
