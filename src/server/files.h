/* Writes an export as files below a directory. */
#ifndef SERVER_FILES_H
#define SERVER_FILES_H

#include "core/upkeep/export.h"

/* The sink that export_account writes to; root is made when it is missing and must outlive the
   sink. Files are never overwritten (E_EXISTS) but for the lines that are appended. */
struct export_sink files_sink(const struct str *root);

#endif
