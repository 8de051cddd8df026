"""What a job logs in to a bucket or an SFTP server with. None of it is repeated in an error."""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, SecretStr, model_validator

from dataviz_pipelines.core.sources.connections import Part, Secret

if TYPE_CHECKING:
    from asyncssh import SSHKey

PrivateKey = Annotated[SecretStr, Field(min_length=1, max_length=20_000)]


class BucketCredentials(Part):
    """The secret of the access key that the configuration names."""

    secret_access_key: Annotated[Secret, Field(min_length=1)]


class SftpCredentials(Part):
    """Either a password or a private key, in OpenSSH's format or PEM. `passphrase` is the key's."""

    password: Annotated[Secret, Field(min_length=1)] | None = None
    private_key: PrivateKey | None = None
    passphrase: Secret | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.password is None) == (self.private_key is None):
            raise ValueError("it must be either a password or a private_key")
        if self.private_key is None and self.passphrase is not None:
            raise ValueError("a passphrase belongs to a private_key")
        self.keys()
        return self

    def keys(self) -> "list[SSHKey] | None":
        """None: it is a password. Raises ValueError."""
        if self.private_key is None:
            return None
        import asyncssh  # only when a key is entered or used

        passphrase = None if self.passphrase is None else self.passphrase.get_secret_value()
        try:
            return [asyncssh.import_private_key(self.private_key.get_secret_value(), passphrase)]
        except asyncssh.KeyEncryptionError:
            raise ValueError("its passphrase is not that of the private_key") from None
        except asyncssh.KeyImportError:
            raise ValueError(
                "private_key is none that can be read, or lacks its passphrase"
            ) from None
