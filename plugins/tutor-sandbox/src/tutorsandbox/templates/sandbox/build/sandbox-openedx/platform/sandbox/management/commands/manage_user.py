from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Create, change or remove a user."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("email")
        parser.add_argument("--remove", action="store_true")
        parser.add_argument("--superuser", action="store_true")
        parser.add_argument("--staff", action="store_true")
        parser.add_argument("--unusable-password", action="store_true")
        parser.add_argument("--initial-password-hash")
        parser.add_argument("-g", "--groups", nargs="*", default=[])

    def handle(self, *args, username, email, **options):
        users = get_user_model().objects
        if options["remove"]:
            users.filter(username=username, email=email).delete()
            self.stdout.write(f"Removed user {username}")
            return
        user, created = users.get_or_create(username=username, defaults={"email": email})
        if user.email.lower() != email.lower():
            raise CommandError(f"User {username} exists with another address: {user.email}")
        user.is_superuser = options["superuser"]
        user.is_staff = options["staff"]
        if options["unusable_password"]:
            user.set_unusable_password()
        elif created:
            user.password = options["initial_password_hash"] or user.password
            if not user.password:
                user.set_unusable_password()
        user.save()
        self.stdout.write(f"{'Created' if created else 'Updated'} user {username}")
