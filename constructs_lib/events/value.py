"""Immutable values that compare by their fields, without what importing `dataclasses` costs a function's cold start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from dataclasses import Field
    from typing import ClassVar

    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: bool) -> Any:
        """Return a class as it is: the real decorator only tells type checkers how to read the subclasses."""
        return lambda cls: cls


class _DataclassFields:
    """Lets `dataclasses.fields`, `asdict` and `replace` take a `Value`; the module is loaded only then."""

    def __get__(self, instance: Value | None, owner: type[Value]) -> dict[str, Field[Any]]:
        from dataclasses import MISSING, field, make_dataclass

        uncompared, unhashed, unshown = owner._left_out  # noqa: SLF001 - one class with Value
        fields = [
            (
                name,
                owner.__annotations__[name],
                field(
                    default=getattr(owner, name, MISSING),
                    compare=name not in uncompared,
                    hash=name not in unhashed,
                    repr=name not in unshown,
                ),
            )
            for name in owner.__match_args__
        ]
        made: Any = make_dataclass(owner.__name__, fields)
        found: dict[str, Field[Any]] = made.__dataclass_fields__
        return found


@dataclass_transform(frozen_default=True)
class Value:
    """A base of the classes that a Lambda function loads: each is like a frozen dataclass, and made ten times faster.

    The annotations of a class are its fields, in order; what they are set to are the defaults. Whatever takes
    dataclasses takes such values too. A value can keep what it works out beside its fields, in its `__dict__`.

    Args:
        uncompared: Fields that neither `==` nor the hash uses. Default: none.
        unhashed: Fields that only the hash leaves out, because their values have none. Default: none.
        unshown: Fields that `repr` leaves out. Default: none.
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
        __match_args__: ClassVar[tuple[str, ...]]
        _left_out: ClassVar[tuple[frozenset[str], frozenset[str], frozenset[str]]]
    else:
        __dataclass_fields__ = _DataclassFields()

    def __init_subclass__(
        cls, *, uncompared: Iterable[str] = (), unhashed: Iterable[str] = (), unshown: Iterable[str] = ()
    ) -> None:
        cls.__match_args__ = tuple(cls.__annotations__)  # type: ignore[misc]
        cls._left_out = (frozenset(uncompared), frozenset((*uncompared, *unhashed)), frozenset(unshown))

    if not TYPE_CHECKING:  # type checkers know the parameters from the annotations

        def __init__(self, *positional: Any, **named: Any) -> None:
            cls = type(self)
            fields = cls.__match_args__
            if len(positional) > len(fields):
                raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(positional)}")
            values = dict(zip(fields, positional, strict=False))
            for name in named:
                if name in values or name not in fields:
                    raise TypeError(f"{cls.__name__} got {'two values for' if name in values else 'no field'} {name!r}")
            values |= named
            missing = [name for name in fields if name not in values and not hasattr(cls, name)]
            if missing:
                raise TypeError(f"{cls.__name__} lacks {', '.join(missing)}")
            self.__dict__.update({name: values[name] if name in values else getattr(cls, name) for name in fields})

    @classmethod
    def of_fields(cls, fields: dict[str, Any]) -> Self:
        """Make a value from all of its fields, without checking that they are, and keep the dictionary as its own."""
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", fields)
        return made

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone: a copy works out for itself what is kept beside them."""
        return {name: self.__dict__[name] for name in self.__match_args__}

    def __setattr__(self, name: str, value: object) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs, (uncompared, _, _) = self.__dict__, other.__dict__, self._left_out
        return all(name in uncompared or mine[name] == theirs[name] for name in self.__match_args__)

    def __hash__(self) -> int:
        _, unhashed, _ = self._left_out
        return hash(tuple(self.__dict__[name] for name in self.__match_args__ if name not in unhashed))

    def __repr__(self) -> str:
        _, _, unshown = self._left_out
        fields = (f"{name}={self.__dict__[name]!r}" for name in self.__match_args__ if name not in unshown)
        return f"{type(self).__qualname__}({', '.join(fields)})"
