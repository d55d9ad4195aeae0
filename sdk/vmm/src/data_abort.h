#pragma once

#include <stdbool.h>
#include <microkit.h>

/* Handle a VMFault message: emulate the access if its address belongs to a handler. False if it does not. */
bool data_abort_handle(size_t vcpu_id);
