"""v1's authentication classes. Nobody signs in anywhere: a token is signed with this user's own secret.

The secret is kept beside the workspaces and never sent. A token runs out after a day, as v1's did after an hour.
"""

from __future__ import annotations

import enum
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.errors import AuthenticationException, UserErrorException

if TYPE_CHECKING:
    import requests

_LIFETIME = 24 * 3600
_AUDIENCE = "aml_nb control plane"


class AccessToken(NamedTuple):
    """A token and the time at which it ends, in seconds since 1970."""

    token: str
    expires_on: int


class Audience(enum.Enum):
    """Whom a token is for."""

    ARM = "ARM"
    AZUREML = "AZUREML"


def local_token() -> str:
    """The secret with which tokens are signed; made once, readable by nobody else."""
    from aml_nb.core.workspace.folder import home

    path = home() / "token"
    try:
        token = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        token = ""
    except (OSError, UnicodeDecodeError) as e:
        raise AuthenticationException(f"the local token in {path} cannot be read: {e}") from e
    return token or _make(path)


def _make(path: Path) -> str:
    """Write a new token; whoever links first wins, and both then read the same one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, staged = tempfile.mkstemp(dir=path.parent, prefix=".token-")
    except OSError as e:
        raise AuthenticationException(f"the local token cannot be kept in {path}: {e.strerror}") from e
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        if path.exists() and not path.read_text(encoding="ascii").strip():
            os.replace(staged, path)
        else:
            os.link(staged, path)
    except FileExistsError:
        pass
    finally:
        Path(staged).unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()


def access_token() -> AccessToken:
    """A token that shows for a day that a request comes from this user."""
    from aml_nb.scoring.auth import make_token

    return AccessToken(*make_token(local_token(), _AUDIENCE, _LIFETIME))


def refusal(authorization: str | None) -> str | None:
    """None where a request with this header comes from this user, else why it may not pass."""
    from aml_nb.scoring.auth import check_token

    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return "The request has no token; it comes in the header 'Authorization: Bearer <token>'."
    why = check_token(local_token(), _AUDIENCE, token.strip())
    return None if why is None else f"Access denied: {why}."


class AbstractAuthentication:
    """What every authentication object can do.

    Parameters
    ----------
    cloud : the cloud's name; kept, and of no effect on a laptop.
    """

    def __init__(self, cloud: str | None = None) -> None:
        self._cloud = cloud or "AzureCloud"

    def _token(self) -> str:
        return access_token().token

    def get_authentication_header(self) -> dict[str, str]:
        """The HTTP header that authorises a request.

        Returns
        -------
        ``{"Authorization": "Bearer <token>"}``
        """
        return {"Authorization": f"Bearer {self._token()}"}

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """The token itself, as azure-identity's credentials give it; scopes have no effect."""
        return AccessToken(self._token(), int(time.time()) + _LIFETIME)

    def signed_session(self, session: requests.Session | None = None) -> requests.Session:
        """A ``requests`` session, the given one or a new one, that sends the header with every request."""
        import requests

        signed = requests.Session() if session is None else session
        signed.headers.update(self.get_authentication_header())
        return signed

    def __repr__(self) -> str:
        return f"{type(self).__name__}(cloud={self._cloud!r})"


class InteractiveLoginAuthentication(AbstractAuthentication):
    """v1's sign-in by browser; here nobody is asked.

    Parameters
    ----------
    force, tenant_id, cloud : as in v1; without effect.
    """

    def __init__(self, force: bool = False, tenant_id: str | None = None, cloud: str | None = None) -> None:
        super().__init__(cloud)
        self._tenant_id = tenant_id


class AzureCliAuthentication(AbstractAuthentication):
    """v1's sign-in through the ``az`` command; here nothing is run."""

    def __init__(self, cloud: str | None = None) -> None:
        super().__init__(cloud)


class MsiAuthentication(AbstractAuthentication):
    """v1's managed identity; here this machine's own token."""

    def __init__(self, cloud: str | None = None, **kwargs: Any) -> None:
        super().__init__(cloud)


class ServicePrincipalAuthentication(AbstractAuthentication):
    """v1's sign-in as a service principal.

    Parameters
    ----------
    tenant_id, service_principal_id : who; kept.
    service_principal_password : must be given, as in v1; it is neither kept nor sent.
    """

    def __init__(
        self,
        tenant_id: str,
        service_principal_id: str,
        service_principal_password: str,
        cloud: str = "AzureCloud",
        _enable_caching: bool = True,
    ) -> None:
        super().__init__(cloud)
        self._tenant_id = tenant_id
        self._service_principal_id = service_principal_id


class ArmTokenAuthentication(AbstractAuthentication):
    """A token that the caller has got elsewhere.

    Parameters
    ----------
    arm_access_token : sent as it is.
    """

    def __init__(self, arm_access_token: str, cloud: str = "None") -> None:
        super().__init__(cloud)
        self._arm_access_token = arm_access_token

    def _token(self) -> str:
        return self._arm_access_token

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """Send another token from now on."""
        self._arm_access_token = new_arm_access_token


class TokenAuthentication(AbstractAuthentication):
    """Tokens from a function of the caller's.

    Parameters
    ----------
    get_token_for_audience : called with ``Audience.ARM`` or ``Audience.AZUREML``, returns a token.
    """

    def __init__(self, get_token_for_audience: Callable[[Any], str], cloud: str | None = None) -> None:
        super().__init__(cloud)
        if not callable(get_token_for_audience):
            raise UserErrorException("get_token_for_audience must be a function that takes an audience")
        self._get_token_for_audience = get_token_for_audience

    def _token(self) -> str:
        return self.get_token(Audience.ARM)

    def get_token(self, audience: Any = Audience.ARM) -> str:  # type: ignore[override]
        """The token for an audience, as the caller's function gives it."""
        return self._get_token_for_audience(audience)


class AzureMLTokenAuthentication(AbstractAuthentication):
    """The token of a submitted run.

    Parameters
    ----------
    azureml_access_token : sent until ``set_token`` brings another.
    expiry_time : when it ends, a ``datetime``.
    """

    EXPIRATION_THRESHOLD_IN_SECONDS = 95
    REFRESH_INTERVAL_IN_SECONDS = 30

    def __init__(
        self,
        azureml_access_token: str,
        expiry_time: Any = None,
        host: str | None = None,
        subscription_id: str | None = None,
        resource_group_name: str | None = None,
        workspace_name: str | None = None,
        experiment_name: str | None = None,
        run_id: str | None = None,
        user_email: str | None = None,
        experiment_id: str | None = None,
        cloud: str = "AzureCloud",
    ) -> None:
        super().__init__(cloud)
        self.set_token(azureml_access_token, expiry_time)

    @classmethod
    def create(
        cls,
        azureml_access_token: str,
        expiry_time: Any,
        host: str,
        subscription_id: str,
        resource_group_name: str,
        workspace_name: str,
        experiment_name: str,
        run_id: str,
        user_email: str | None = None,
        experiment_id: str | None = None,
    ) -> AzureMLTokenAuthentication:
        """The same, with everything that v1 requires of a run."""
        return cls(
            azureml_access_token, expiry_time, host, subscription_id, resource_group_name, workspace_name,
            experiment_name, run_id, user_email, experiment_id,
        )  # fmt: skip

    @property
    def token(self) -> str:
        """The token."""
        return self._access_token

    @property
    def expiry_time(self) -> Any:
        """When the token ends."""
        return self._expiry_time

    def _token(self) -> str:
        return self._access_token

    def get_authentication_header(self) -> dict[str, str]:
        """The HTTP header that authorises the run's requests."""
        return super().get_authentication_header()

    def set_token(self, token: str, expiry_time: Any) -> None:
        """Send another token from now on."""
        self._access_token = token
        self._expiry_time = expiry_time
