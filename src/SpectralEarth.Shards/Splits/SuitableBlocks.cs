namespace SpectralEarth.Shards.Splits;

/// <summary>How large blocks of ground can be where nobody says it.</summary>
public static class SuitableBlocks
{
    private const int Enough = 16;

    /// <summary>Side of a block, patches: 4, 2 or 1, the largest that gives 16 blocks.</summary>
    /// <param name="patches">Patches to divide.</param>
    /// <param name="patchSize">Side of a patch, pixels.</param>
    public static int SideFor(IReadOnlyList<PatchInfo> patches, int patchSize)
    {
        if (patches.All(patch => patch.Epsg == GroundGrid.UnknownPlace))
            return 1;    // each is a block of its own
        foreach (var side in (int[])[4, 2])
        {
            if (patches.Select(patch => BlockOf(patch, side * patchSize * patch.PixelSizeM)).Distinct().Count() >= Enough)
                return side;
        }

        return 1;
    }

    /// <summary>The same for a data set: of one with labels, its labelled patches have to give the blocks, as in fine-tuning.</summary>
    public static int SideFor(Dataset dataset) =>
        SideFor([.. dataset.Catalog.Where(patch => !dataset.HasLabels || patch.LabelledFraction > 0)], dataset.Manifest.PatchSize);

    private static (int Epsg, double Column, double Row) BlockOf(PatchInfo patch, double sideM) =>
        patch.Epsg == GroundGrid.UnknownPlace ? (patch.Epsg, patch.Left, patch.Top) : (patch.Epsg, Math.Floor(patch.Left / sideM), Math.Floor(patch.Top / sideM));
}
