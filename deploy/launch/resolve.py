"""CloudFormation's functions, as far as conditions, outputs and option settings of our templates use them."""

import re
from collections.abc import Callable, Mapping
from typing import Any


class Resolver:
    """A template with its parameters, pseudo-parameters (`AWS::Region`) among them.

    `resource` tells what a reference to a resource (`Name`) or to one of its attributes (`Name.Arn`) is.
    """

    def __init__(
        self, template: Mapping[str, Any], parameters: Mapping[str, str], resource: Callable[[str], str]
    ) -> None:
        self._template = template
        declared = template.get("Parameters", {})
        self._known = {name: str(d["Default"]) for name, d in declared.items() if "Default" in d} | dict(
            parameters
        )
        self._resource = resource

    def holds(self, condition: str | None) -> bool:
        """Whether a condition holds; none always does."""
        return condition is None or bool(self.value(self._template["Conditions"][condition]))

    def outputs(self) -> dict[str, str]:
        """The outputs whose conditions hold."""
        declared = self._template.get("Outputs", {})
        return {n: str(self.value(o["Value"])) for n, o in declared.items() if self.holds(o.get("Condition"))}

    def value(self, part: Any) -> Any:
        """A value with its functions done; None for AWS::NoValue. Raises NotImplementedError for another function."""
        if not isinstance(part, dict):
            return part
        [(kind, given)] = part.items()
        match kind:
            case "Condition":
                return self.holds(given)
            case "Ref":
                return self._named(given)
            case "Fn::GetAtt":
                return self._named(".".join(given))
            case "Fn::Equals":
                return str(self.value(given[0])) == str(self.value(given[1]))
            case "Fn::Not":
                return not self.value(given[0])
            case "Fn::And":
                return all(self.value(each) for each in given)
            case "Fn::If":
                return self.value(given[1] if self.holds(given[0]) else given[2])
            case "Fn::Join":
                # A list parameter's value is its members with commas between them already.
                parts = self.value(given[1])
                return given[0].join(map(str, map(self.value, parts))) if isinstance(parts, list) else parts
            case "Fn::Sub":
                text, names = given if isinstance(given, list) else (given, {})
                return re.sub(
                    r"\$\{([\w:.]+)\}",
                    lambda found: str(
                        self.value(names[found[1]]) if found[1] in names else self._named(found[1])
                    ),
                    text,
                )
            case _:
                raise NotImplementedError(kind)

    def _named(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return None
        return self._known[name] if name in self._known else self._resource(name)


def option_settings(
    template: Mapping[str, Any], environment: str, resolver: Resolver
) -> tuple[str, list[dict[str, str]]]:
    """Platform ARN and option settings of an environment of a template, as Beanstalk's own API takes them."""
    properties = template["Resources"][environment]["Properties"]
    settings = []
    for entry in properties["OptionSettings"]:
        taken = entry
        while taken and "Fn::If" in taken:
            name, yes, no = taken["Fn::If"]
            taken = yes if resolver.holds(name) else no
        if taken and "Namespace" in taken:
            settings.append({name: str(resolver.value(value)) for name, value in taken.items()})
    return str(resolver.value(properties["PlatformArn"])), settings
