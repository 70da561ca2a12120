"""Why a mail was not sent, in words."""

from app.texts import noop

FAULTS = {
    "unknown_name": noop("The name of the mail server is not known."),
    "not_allowed": noop("Nothing may be sent to the address of this mail server."),
    "no_connection": noop("There was no connection to the mail server."),
    "time_out": noop("The mail server did not answer in time."),
    "certificate": noop("The certificate of the mail server is not trusted."),
    "no_authorities": noop("The file of CONDYLE_MAIL_AUTHORITIES holds no certificates."),
    "no_tls": noop(
        "The mail server offers no encryption. Without it no password is sent, and no mail leaves"
        " the house."
    ),
    "no_log_in": noop("The mail server knows no log-in."),
    "credentials": noop("The mail server refused the name or the password."),
    "no_smtp": noop("What answered broke off, or is no mail server."),
    "refused_greeting": noop("The mail server refused the connection."),
    "refused_sender": noop("The mail server refused the sender's address."),
    "refused_recipient": noop("The mail server refused the recipient's address."),
    "refused_mail": noop("The mail server refused the mail."),
    "settings": noop("A setting of the mail server is wrong: `condyle doctor` says which."),
    "no_address": noop("There is no address any more."),
    "role": noop("It was of something that the person is not told of in their present role."),
    "unwritable": noop("The mail could not be written: the log of what sends mails says why."),
    "late": noop("Nobody sent it for a whole day."),
    "interrupted": noop("Every try was interrupted: whoever made it was stopped."),
}
