#pragma once

void say_number(const char *what, int number);
