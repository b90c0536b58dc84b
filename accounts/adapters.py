from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types of its own
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "duplicate_email": "This is your e-mail address already.",
        "email_password_mismatch": "The e-mail address and the password do not belong together.",
        "email_taken": "There is an account with this address already. Sign in, or reset the password.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This is not the code we sent. Take the one from the latest mail.",
        "incorrect_password": "This is not your password.",
        "rate_limited": "That was too quick. Wait a minute, then try again.",
        "too_many_login_attempts": "Too many wrong tries. Wait a few minutes, then sign in again.",
    }
