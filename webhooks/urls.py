"""Pages of the webhooks app."""

from django.urls import path

from webhooks.studio import deliveries, endpoints

app_name = "webhooks"
HERE = "settings/webhooks/"
ONE = f"{HERE}endpoints/<uuid:endpoint_id>/"
urlpatterns = [
    path(HERE, endpoints.page, name="endpoint-list"),
    path(f"{HERE}endpoints/new/", endpoints.new, name="endpoint-new"),
    path(ONE, endpoints.detail, name="endpoint-detail"),
    path(f"{ONE}pause/", endpoints.pause, name="endpoint-pause"),
    path(f"{ONE}resume/", endpoints.resume, name="endpoint-resume"),
    path(f"{ONE}secret/", endpoints.secret, name="endpoint-secret"),
    path(
        f"{ONE}secret/former/", endpoints.secret_former, name="endpoint-secret-former"
    ),
    path(f"{ONE}sample/", endpoints.sample, name="endpoint-sample"),
    path(f"{ONE}deletion/", endpoints.deletion, name="endpoint-deletion"),
    path(f"{HERE}deliveries/", deliveries.rows, name="delivery-list"),
    path(
        f"{HERE}deliveries/resend/",
        deliveries.resend_range,
        name="delivery-resend-range",
    ),  # fmt: skip
    path(
        f"{HERE}deliveries/<uuid:delivery_id>/",
        deliveries.detail,
        name="delivery-detail",
    ),  # fmt: skip
    path(
        f"{HERE}deliveries/<uuid:delivery_id>/resend/",
        deliveries.resend,
        name="delivery-resend",
    ),
    path(
        f"{HERE}deliveries/of/",
        deliveries.of_subject,
        name="subject-deliveries",
    ),
]
