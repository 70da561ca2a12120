"""The software bill of materials: what this installation is made of, as CycloneDX has it."""

from collections.abc import Sequence
from importlib.metadata import version

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as Entry
from cyclonedx.model.component import ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from app.third_party.components import CONDYLE, Component, roots


def sbom(components: Sequence[Component]) -> str:
    """Return the bill as JSON, CycloneDX 1.6.

    Args:
        components: what others wrote.
    """
    itself = _entry(Component("Condyle", version(CONDYLE), "Apache-2.0"), CONDYLE)
    itself.type = ComponentType.APPLICATION
    entries = {canonicalize_name(each.name): _entry(each, each.name) for each in components}
    bill = Bom(components=entries.values())
    bill.metadata.component = itself
    own = {canonicalize_name(each.name) for each in roots()}
    own |= {canonicalize_name(each.name) for each in components if not each.packaged}
    bill.register_dependency(itself, [entries[name] for name in sorted(own)])
    for each in components:
        below = [entries[canonicalize_name(name)] for name in each.needs]
        bill.register_dependency(entries[canonicalize_name(each.name)], below)
    return JsonV1Dot6(bill).output_as_string(indent=2)


def _entry(component: Component, reference: str) -> Entry:
    address = PackageURL("pypi", None, canonicalize_name(component.name), component.version)
    licence = LicenseFactory().make_from_string(component.licence) if component.licence else None
    return Entry(
        name=component.name,
        version=component.version,
        type=ComponentType.LIBRARY if component.packaged else ComponentType.FILE,
        bom_ref=f"{reference}=={component.version}",
        purl=address if component.packaged and reference != CONDYLE else None,
        licenses=[licence] if licence else None,
    )
