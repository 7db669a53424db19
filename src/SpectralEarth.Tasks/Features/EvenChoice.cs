namespace SpectralEarth.Tasks.Features;

/// <summary>Some patches of many.</summary>
internal static class EvenChoice
{
    /// <summary>At most <paramref name="most"/> of the patches, evenly along their order.</summary>
    public static IReadOnlyList<int> Of(IReadOnlyList<int> patches, int most) => patches.Count <= most
        ? patches
        : [.. Enumerable.Range(0, most).Select(place => patches[(int)((long)place * patches.Count / most)])];
}
