package io.github.pyflinkdynamodb.streams;

/** What the records of a stream hold, by the stream's view type. */
final class ViewTypes {
    private ViewTypes() {}

    static boolean hasNewImage(String viewType) {
        return viewType.equals("NEW_IMAGE") || viewType.equals("NEW_AND_OLD_IMAGES");
    }

    static boolean hasOldImage(String viewType) {
        return viewType.equals("OLD_IMAGE") || viewType.equals("NEW_AND_OLD_IMAGES");
    }
}
