using System.Runtime.InteropServices;

namespace SpectralEarth.Testing;

/// <summary>Until disposed, this thread reads files as a user without rights (Linux): root, as which tests may run, may read everything.</summary>
public sealed partial class ForeignUser : IDisposable
{
    private const uint Nobody = 65_534;

    private readonly uint before = (uint)SetFileUser(Nobody);

    /// <inheritdoc/>
    public void Dispose() => _ = SetFileUser(before);

    // Returns the user of before, also where this user may not change it.
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileUser(uint user);
}
