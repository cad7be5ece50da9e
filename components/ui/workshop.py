"""The process's one workshop, with the generator that the settings ask for."""

from __future__ import annotations

import streamlit as st

from components.backgrounds.bedrock import BedrockGenerator, credentials_available
from components.backgrounds.budget import Budget
from components.backgrounds.generator import Generator
from components.backgrounds.http_api import HttpApiGenerator
from components.backgrounds.index import Occupied
from components.backgrounds.library import Library, bucket_library, folder_library
from components.backgrounds.painter_generator import PainterGenerator
from components.backgrounds.quota import MEGABYTE, Quota, UploadBudget
from components.backgrounds.workshop import AT_ONCE, Workshop
from components.errors import SettingsError
from components.settings import Settings
from components.ui.counts import counts_of


def workshop_of(settings: Settings) -> Workshop:
    """Made on the first run, for every visitor; a setting that cannot be used ends the page with a sentence."""
    try:
        return _workshop(settings)
    except SettingsError as error:
        st.error(f"The studio cannot start: a setting cannot be used. {error}", icon=":material/settings_alert:")
        st.stop()


@st.cache_resource(show_spinner="Looking for AWS credentials…")
def _workshop(_settings: Settings) -> Workshop:
    budget = Budget(
        counts_of(_settings, "pictures", "budget.sqlite"),
        per_session=_settings.generations_per_session,
        per_day=_settings.generations_per_day,
        at_once=AT_ONCE,
    )
    return Workshop(_generator(_settings), budget, _library(_settings))


def _quota(settings: Settings) -> Quota:
    return Quota(
        owner=Occupied(settings.library_pictures_per_visitor, settings.library_mb_per_visitor * MEGABYTE),
        total=Occupied(settings.library_pictures, settings.library_mb * MEGABYTE),
        pinned=settings.library_pins_per_visitor,
        free_bytes=settings.library_min_free_mb * MEGABYTE,
    )


def _uploads(settings: Settings) -> UploadBudget:
    return UploadBudget(
        counts_of(settings, "uploads", "uploads.sqlite"),
        per_owner=settings.uploads_mb_per_visitor * MEGABYTE,
        per_day=settings.uploads_mb_per_day * MEGABYTE,
    )


def _library(settings: Settings) -> Library:
    if settings.backgrounds_bucket:
        return bucket_library(
            settings.data_dir,
            settings.backgrounds_bucket,
            region=settings.backgrounds_region,
            fallback_region=settings.bedrock_region,
            cloudfront=settings.cloudfront_domain,
            sse=settings.backgrounds_sse,
            shared=settings.library_shared,
            quota=_quota(settings),
            uploads=_uploads(settings),
        )
    return folder_library(
        settings.data_dir, shared=settings.library_shared, quota=_quota(settings), uploads=_uploads(settings)
    )


def _generator(settings: Settings) -> Generator:
    """What was named comes first, then AWS where credentials are found, and the painter where nothing is."""
    if settings.background_api_url:
        key = settings.background_api_key
        return HttpApiGenerator(
            str(settings.background_api_url), settings.image_hosts, key.get_secret_value() if key else None
        )
    if credentials_available():
        return BedrockGenerator(
            settings.bedrock_region,
            settings.bedrock_model_id,
            settings.bedrock_guardrail_id,
            settings.bedrock_guardrail_version,
        )
    return PainterGenerator()
