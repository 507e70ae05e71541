"""Lines and what is personal in them."""

CASES = (
    # (kinds, line before, line, what it becomes)
    ("card", "", "It's 4111 1111 1111 1111.", "It's [card number]."),
    ("card", "", "four one one one, one one one one, one one one one, one one one one", "[card number]"),
    ("card", "", "5500-0055-5555-5559 is it", "[card number] is it"),
    ("card", "", "My order is 4111 1111 1111 1112.", "My order is 4111 1111 1111 1112."),  # no Luhn
    ("card", "What is your card number?", "4111 1111 1111 1112", "[card number]"),  # misheard
    ("phone", "", "Call me at +44 7700 900418 please", "Call me at [phone number] please"),
    ("phone", "", "Oh seven seven double oh, nine hundred, four one eight.", "[phone number]."),
    ("phone", "", "555 0123 is for four of us", "[phone number] is for four of us"),
    ("phone", "", "We are five, at eight thirty.", "We are five, at eight thirty."),
    ("email", "", "It is sam.lee@example.com.", "It is [e-mail address]."),
    ("email", "", "sam dot lee at example dot com", "[e-mail address]"),
    ("email", "", "I am at the station.", "I am at the station."),
    ("bank", "", "My IBAN is GB82 WEST 1234 5698 7654 32 ok", "My IBAN is [account number] ok"),
    ("bank", "", "GB82 WEST 1234 5698 7654 33", "GB82 WEST 1234 5698 7654 33"),  # wrong sum
    ("birth", "When were you born?", "The third of May 1980.", "[date of birth]."),
    ("birth", "", "My date of birth is 03/05/1980", "My date of birth is [date of birth]"),
    ("birth", "When do you want to come?", "The third of May.", "The third of May."),
    ("code", "What is your PIN?", "four two four two", "[code]"),
    ("code", "What is the address?", "four two four two High Street", "four two four two High Street"),
    ("name", "", "My name is Sam Okafor.", "My name is [name]."),
    ("name", "", "This is wrong.", "This is wrong."),
    ("card phone email", "", "4111111111111111 or 07700 900418", "[card number] or [phone number]"),
)  # fmt: skip
